"""The items of admission policies and their bindings, and which of them requests have exercised.

A policy or binding is exercised by a request that matches it, an expression by being true and by being false (one that makes
something, not a decision: by being evaluated), a branch by being taken. What is evaluated is known where programs record it.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.admission.chain import AdmissionChain
from kubegate.admission.policies.fields import FieldPath, expression_paths, text_at
from kubegate.admission.policies.mutating.dispatcher import MutatingPolicies
from kubegate.admission.policies.validating.dispatcher import ValidatingPolicies
from kubegate.analysis.coverage.expressions import exercised_keys, expression_items
from kubegate.analysis.coverage.items import Item, ItemKey, What, key_of
from kubegate.api.names import kind_of
from kubegate.bundle.state import ClusterState

GROUP = "admissionregistration.k8s.io"
POLICIES = ("ValidatingAdmissionPolicy", "MutatingAdmissionPolicy")
BINDINGS = ("ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicyBinding")


def admission_items(state: ClusterState) -> Iterator[Item]:
    """The items of the policies and bindings that come from a file."""
    for obj in state.of_kind(GROUP, *POLICIES, *BINDINGS):
        place = state.locate(obj)
        if place is None:
            continue
        key = key_of(obj, place)
        if kind_of(obj).kind in BINDINGS:
            yield Item(key, What.BINDING, place)
            continue
        yield Item(key, What.POLICY, place)
        for path in expression_paths(obj):
            yield from expression_items(state, obj, key, path, text_at(obj, path), decides=decides(path))


def exercised_in(state: ClusterState, chain: AdmissionChain) -> Iterator[ItemKey]:
    """The keys of what the requests have exercised that a chain has judged."""
    for kind, plugin in zip(POLICIES, map(chain.plugins.get, POLICIES), strict=True):
        if not isinstance(plugin, ValidatingPolicies | MutatingPolicies):
            continue
        source = plugin.source
        for met, named in ((source.met, kind), (source.bindings_met, f"{kind}Binding")):
            for name in met or ():
                yield from _key(state, named, name)
        for obj, path, trace in source.traces():
            for key in _key(state, kind, str(obj["metadata"]["name"])):
                yield from exercised_keys(key, path, trace, decides=decides(path))


def decides(path: FieldPath) -> bool:
    """Whether it matters that the expression is true, and that it is false."""
    return path[1] in ("validations", "matchConditions") and path[-1] == "expression"


def _key(state: ClusterState, kind: str, name: str) -> Iterator[ItemKey]:
    obj = state.get(GROUP, kind, "", name)
    place = state.locate(obj) if obj is not None else None
    if obj is not None and place is not None:
        yield key_of(obj, place)
