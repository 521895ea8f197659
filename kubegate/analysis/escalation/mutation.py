"""Changing what others create: webhooks and policies that mutate pods on their way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubegate.analysis.escalation.model import Step, asked
from kubegate.analysis.escalation.powers import ADMISSION
from kubegate.analysis.escalation.world import World
from kubegate.analysis.matrix.subjects import Who
from kubegate.api.names import Object, name_of

_RULE = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}


def steps(world: World, who: Who, other: Who) -> Iterator[Step]:
    """The ways to have the next pod that somebody creates in a namespace run as ``other``, with a container of one's own.
    Where it is known which pods run, some must run there."""
    if world.pods.by_namespace and other.namespace not in world.pods.by_namespace:
        return
    user = world.user(who)
    text = f"has the pods that others create in {other.namespace} changed, to run as {other}"
    create = asked(user, "create", "mutatingwebhookconfigurations", group=ADMISSION)
    yield Step(f"{text} (webhook)", (create,), lambda: [[_configuration("escalation", {})]], other)
    for obj in world.mutating_webhooks:
        for verb in ("update", "patch"):
            write = asked(user, verb, "mutatingwebhookconfigurations", group=ADMISSION, name=name_of(obj))
            changed = _configuration(name_of(obj), obj)
            yield Step(f"{text} (webhook {name_of(obj)})", (write,), lambda changed=changed: [[changed]], other)  # type: ignore[misc]
    policy = asked(user, "create", "mutatingadmissionpolicies", group=ADMISSION)
    binding = asked(user, "create", "mutatingadmissionpolicybindings", group=ADMISSION)
    yield Step(f"{text} (policy)", (policy, binding), lambda: [_policy(other)], other)
    for obj in world.state.of_kind(ADMISSION, "MutatingAdmissionPolicy"):
        for verb in ("update", "patch"):
            write = asked(user, verb, "mutatingadmissionpolicies", group=ADMISSION, name=name_of(obj))
            changed = {**obj, "spec": _policy(other)[0]["spec"]}
            yield Step(f"{text} (policy {name_of(obj)})", (write,), lambda changed=changed: [[changed]], other)  # type: ignore[misc]


def _configuration(name: str, old: Object) -> Object:
    webhook: dict[str, Any] = {
        "name": "escalation.example.com",
        "clientConfig": {"url": "https://escalation.example.com/"},
        "rules": [_RULE],
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "failurePolicy": "Ignore",
    }
    return {
        "apiVersion": f"{ADMISSION}/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": [*(old.get("webhooks") or ()), webhook],
    }


def _policy(other: Who) -> list[Object]:
    """A policy that sets the service account of pods, and its binding."""
    expression = f'Object{{spec: Object.spec{{serviceAccountName: "{other.name}"}}}}'
    mutation = {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": expression}}
    spec = {
        "matchConstraints": {"resourceRules": [_RULE]},
        "reinvocationPolicy": "Never",
        "mutations": [mutation],
    }
    api, meta = f"{ADMISSION}/v1", {"name": "escalation"}
    return [
        {"apiVersion": api, "kind": "MutatingAdmissionPolicy", "metadata": meta, "spec": spec},
        {
            "apiVersion": api,
            "kind": "MutatingAdmissionPolicyBinding",
            "metadata": meta,
            "spec": {"policyName": "escalation"},
        },
    ]
