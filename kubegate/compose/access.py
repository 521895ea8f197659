"""The authorizer of AccessPolicies, from files, from a state that has been loaded, from the API of a server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from kubegate.api.names import Object
from kubegate.authz.access.authorizer import AccessPolicyAuthorizer, utc_now
from kubegate.authz.access.index import RESOURCE, AccessPolicyIndex
from kubegate.authz.access.model import GROUP, KIND
from kubegate.authz.access.policy import CompiledPolicy
from kubegate.authz.access.policy_set import compile_policy, prove_break_glass
from kubegate.authz.configuration.conditions import compile_condition
from kubegate.authz.interface import Locate
from kubegate.bundle.load import load
from kubegate.bundle.state import ClusterState
from kubegate.compose.indexes import follow
from kubegate.errors import ConfigurationError, InvalidInput, Location
from kubegate.store.interface import Store

LeftOut = Callable[[Object, InvalidInput], None]
"""Hears which policy is left out, and why."""


def access_from_state(
    state: ClusterState, paths: Sequence[str] = (), left_out: LeftOut | None = None
) -> AccessPolicyAuthorizer:
    """The policies among the objects of a state, and those of files. Raises `InvalidInput` for a wrong one, unless
    ``left_out`` hears of it."""
    files = _only_policies(paths)

    def locate(obj: Object, path: str) -> Location | None:
        return state.locate(obj, path) or files.locate(obj, path)

    objects = [*state.of_kind(GROUP, KIND), *files.of_kind(GROUP, KIND)]
    if left_out is not None:
        objects = _sound(objects, locate, left_out)
    return AccessPolicyAuthorizer(objects, compile_condition, locate=locate)


def _sound(objects: Iterable[Object], locate: Locate, left_out: LeftOut) -> list[Object]:
    """Those that are right, alone and beside the others."""
    compiled: list[CompiledPolicy] = []
    for obj in objects:
        try:
            compiled.append(compile_policy(obj, compile_condition, locate))
        except InvalidInput as error:
            left_out(obj, error)
    grants = [policy for policy in compiled if not policy.denies]
    kept: list[Object] = []
    for policy in compiled:
        try:
            if policy.denies:
                prove_break_glass([*grants, policy], locate)
        except InvalidInput as error:
            left_out(policy.object, error)
        else:
            kept.append(policy.object)
    return kept


def access_from_files(
    paths: Sequence[str], index: AccessPolicyIndex | None = None, now: Callable[[], datetime] = utc_now
) -> AccessPolicyAuthorizer:
    """The policies of files and directories, and those of ``index``; ``now`` decides which are in force. Raises
    `KubegateError` for a wrong one."""
    state = _only_policies(paths)
    policies = state.of_kind(GROUP, KIND)
    return AccessPolicyAuthorizer(policies, compile_condition, locate=state.locate, index=index, now=now)


def _only_policies(paths: Sequence[str]) -> ClusterState:
    """Other kinds in the files are an error, since they would do nothing; so are two policies of one name, of which only one
    would count."""
    loaded = load(paths)
    if loaded.replaced:
        raise ConfigurationError(loaded.replaced[0], hint="give each AccessPolicy its own name")
    state = loaded.state
    others = [obj for obj in state if obj not in state.of_kind(GROUP, KIND)]
    if others:
        place = state.locate(others[0])
        raise ConfigurationError(
            f"{place}: only AccessPolicies belong in --access-policy-file, this is a {others[0]['kind']}"
        )
    return state


def access_index(store: Store) -> AccessPolicyIndex:
    """The policies in a store, kept up to date by its events."""
    index = AccessPolicyIndex(compile_condition)
    follow(store, [RESOURCE], index)
    return index
