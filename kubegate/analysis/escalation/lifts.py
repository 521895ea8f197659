"""Taking away what refuses a step: who may delete or change a policy, a quota, or the labels of a namespace is not stopped
by it. Each of these writes is put to the engine as the step itself is.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from kubegate.analysis.admission.judgement import Judgement
from kubegate.analysis.escalation.model import Step, Write, asked
from kubegate.analysis.escalation.powers import ADMISSION
from kubegate.analysis.escalation.trial import Trial, deletion
from kubegate.api.names import Object, name_of, namespace_of
from kubegate.api.user import User
from kubegate.authz.interface import Attributes
from kubegate.bundle.state import ClusterState

MOST_ROUNDS = 4
"""So many times what refuses next is taken away, too."""
_ENFORCE = "pod-security.kubernetes.io/enforce"
_BY_NAMESPACE = ("PodSecurity", "PodNodeSelector", "PodTolerationRestriction")
_LIMITS = {"ResourceQuota": ("ResourceQuota", "resourcequotas"), "LimitRanger": ("LimitRange", "limitranges")}
_POLICIES = {
    "ValidatingAdmissionPolicy": ("validatingadmissionpolicies", "validatingadmissionpolicybindings"),
    "MutatingAdmissionPolicy": ("mutatingadmissionpolicies", "mutatingadmissionpolicybindings"),
}
_NEVER = {"name": "escalation", "expression": "false"}


@dataclass(frozen=True, slots=True)
class Lift:
    """``writes`` take away what refused something."""

    text: str
    requests: tuple[Attributes, ...]
    writes: tuple[Write, ...]


@dataclass(frozen=True, slots=True)
class Lifter:
    """Looks for what ``user`` may take away; ``allows`` asks the authorizers."""

    trial: Trial
    state: ClusterState
    user: User
    allows: Callable[[Attributes], bool]

    def of(self, step: Step, refusals: list[Judgement]) -> list[Lift]:
        """What has to be taken away for the step to be admitted; empty if that cannot be done."""
        found: dict[str, Lift] = {}
        for _ in range(MOST_ROUNDS):
            more = {lift.text: lift for refused in refusals for lift in self._first(refused)}
            if more.keys() <= found.keys():
                return []
            found |= more
            refusals = self.trial.refusals(self.user, step, [write for lift in found.values() for write in lift.writes])
            if not refusals:
                return list(found.values())
        return []

    def _first(self, refused: Judgement) -> list[Lift]:
        """One way to be rid of a refusal, if there is any."""
        return next(([lift] for lift in self._ways(refused) if all(map(self.allows, lift.requests))), [])

    def _ways(self, refused: Judgement) -> Iterator[Lift]:
        plugin, namespace = refused.refused_by, namespace_of(refused.subject)
        name = refused.decided_by.partition(" ")[2]
        if plugin in _POLICIES and name:
            yield from self._policy(plugin, name)
        elif plugin in _LIMITS and name:
            kind, resource = _LIMITS[plugin]
            yield from self._deleted(f"deletes {kind} {namespace}/{name}", kind, "v1", resource, [name], namespace)
        if namespace and (plugin in _BY_NAMESPACE or plugin in _POLICIES):
            yield from self._relabelled(namespace)

    def _policy(self, kind: str, name: str) -> Iterator[Lift]:
        policies, bindings = _POLICIES[kind]
        api, binding = f"{ADMISSION}/v1", f"{kind}Binding"
        yield from self._deleted(f"deletes {kind} {name}", kind, api, policies, [name])
        bound = [name_of(obj) for obj in self.state.of_kind(ADMISSION, binding) if _policy_of(obj) == name]
        yield from self._deleted(f"deletes the bindings of {kind} {name}", binding, api, bindings, bound)
        policy = self.state.get(ADMISSION, kind, "", name)
        if policy is not None:
            changed = copy.deepcopy(policy)
            changed["spec"]["matchConditions"] = [_NEVER]
            for verb in ("update", "patch"):
                request = asked(self.user, verb, policies, group=ADMISSION, name=name)
                yield Lift(f"changes {kind} {name} to match nothing", (request,), (changed,))

    def _deleted(
        self, text: str, kind: str, api_version: str, plural: str, names: list[str], namespace: str = ""
    ) -> Iterator[Lift]:
        resource = self.trial.resource(kind, api_version)
        group = resource.gvr.group
        gone = tuple(deletion(resource, namespace, name) for name in names)
        each = tuple(asked(self.user, "delete", plural, group=group, namespace=namespace, name=name) for name in names)
        yield Lift(text, each, gone)
        yield Lift(text, (asked(self.user, "deletecollection", plural, group=group, namespace=namespace),), gone)

    def _relabelled(self, namespace: str) -> Iterator[Lift]:
        """Without the labels by which policies choose it, and of the Pod Security level privileged."""
        known = self.state.get("", "Namespace", "", namespace) or {}
        meta = {**(known.get("metadata") or {}), "name": namespace, "labels": {_ENFORCE: "privileged"}}
        meta.pop("annotations", None)
        labelled = {"apiVersion": "v1", "kind": "Namespace", "metadata": meta}
        for verb in ("patch", "update"):
            request = asked(self.user, verb, "namespaces", name=namespace, namespace=namespace)
            yield Lift(f"labels namespace {namespace} privileged", (request,), (labelled,))


def joined(step: Step, lifts: Sequence[Lift]) -> Step:
    """The step with what goes before it."""
    text = "".join(f"{lift.text}, and " for lift in lifts) + step.text
    requests = tuple(dict.fromkeys([*(request for lift in lifts for request in lift.requests), *step.requests]))
    return Step(text, requests, None, step.becomes, step.needs)


def _policy_of(binding: Object) -> str:
    return str((binding.get("spec") or {}).get("policyName") or "")
