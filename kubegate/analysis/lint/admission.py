"""What is wrong with admission policies, webhooks and Pod Security levels, as far as it shows without a request."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

from kubegate.admission.pod_security.levels import Level
from kubegate.admission.pod_security_policy.level import amounts_to
from kubegate.analysis.lint.context import Context
from kubegate.analysis.lint.finding import Finding
from kubegate.analysis.requests import Vocabulary
from kubegate.api.names import Object, name_of

POLICIES = ("ValidatingAdmissionPolicy", "MutatingAdmissionPolicy")
WEBHOOKS = ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")
_LABEL = "pod-security.kubernetes.io/"
_MODES = ("enforce", "audit", "warn")
_LEVELS = ("privileged", "baseline", "restricted")
_SYSTEM = ("kube-system", "kube-public", "kube-node-lease")


def admission_findings(obj: Object, context: Context) -> Iterator[Finding]:
    """The findings about one object; nothing for kinds that have nothing to do with admission."""
    kind = str(obj.get("kind"))
    if kind in POLICIES:
        yield from _policy(obj, context)
    elif kind.endswith("Binding") and kind.removesuffix("Binding") in POLICIES:
        yield from _binding(obj, context)
    elif kind in WEBHOOKS:
        yield from _webhooks(obj, context)
    elif kind == "Namespace":
        yield from _namespace(obj, context)
    elif kind == "PodSecurityPolicy":
        level, fields = amounts_to(obj)
        why = f"; not {Level(level + 1)} because of {', '.join(fields)}" if fields else ""
        yield context.finding("KG010", obj, f"amounts to the Pod Security level {level}{why}")


def _policy(policy: Object, context: Context) -> Iterator[Finding]:
    spec, name = policy.get("spec") or {}, name_of(policy)
    bindings = f"{policy['kind']}Binding"
    bound = any(obj.get("kind") == bindings and (obj.get("spec") or {}).get("policyName") == name for obj in context.known)
    if not bound:
        yield context.finding("KG301", policy, f"no {bindings} names it")
    if spec.get("failurePolicy") == "Ignore":
        yield context.finding("KG303", policy, "failurePolicy Ignore", "spec.failurePolicy")
    constraints = spec.get("matchConstraints") or {}
    yield from _rules(policy, constraints.get("resourceRules") or [], "spec.matchConstraints.resourceRules", context)
    for index, condition in enumerate(spec.get("matchConditions") or []):
        yield from _constant(policy, condition, f"spec.matchConditions[{index}]", context)
    for index, validation in enumerate(spec.get("validations") or []):
        if _value(validation) is not None:
            says = "always admits" if _value(validation) else "always refuses"
            yield context.finding("KG309", policy, f"{validation['expression']} {says}", f"spec.validations[{index}]")


def _constant(obj: Object, condition: dict[str, Any], path: str, context: Context) -> Iterator[Finding]:
    value = _value(condition)
    if value is False:
        yield context.finding("KG304", obj, f'condition "{condition.get("name")}" is always false', path)
    elif value is True:
        yield context.finding("KG309", obj, f'condition "{condition.get("name")}" is always true', path)


def _value(rule: dict[str, Any]) -> bool | None:
    """What an expression is that is written out; None for all that depend on something."""
    return {"true": True, "false": False}.get(str(rule.get("expression") or "").strip().strip("()"))


def _rules(obj: Object, rules: list[dict[str, Any]], path: str, context: Context) -> Iterator[Finding]:
    """Rules about resources that no API has."""
    for index, rule in enumerate(rules):
        pairs = [(group, resource) for group in rule.get("apiGroups") or [] for resource in rule.get("resources") or []]
        unknown = [pair for pair in pairs if not _exists(*pair, context.vocabulary)]
        if pairs and len(unknown) == len(pairs) and all(group in _groups(context.vocabulary) for group, _ in pairs):
            names = ", ".join(f"{resource}.{group}".rstrip(".") for group, resource in unknown)
            near = context.vocabulary.near(unknown[0][1].partition("/")[0])
            hint = f", did you mean {near}?" if near else ""
            yield context.finding("KG304", obj, f"no API has {names}{hint}", f"{path}[{index}]")


def _groups(vocabulary: Vocabulary) -> set[str]:
    return {known.group for known in vocabulary.resources}


def _exists(group: str, resource: str, vocabulary: Vocabulary) -> bool:
    name, _, subresource = resource.partition("/")
    if "*" in (group, name):
        return True
    return any(
        (known.group, known.resource) == (group, name) and subresource in ("", "*", *known.subresources)
        for known in vocabulary.resources
    )


def _binding(binding: Object, context: Context) -> Iterator[Finding]:
    kind, spec = binding["kind"].removesuffix("Binding"), binding.get("spec") or {}
    policy = context.policies.get((kind, str(spec.get("policyName"))))
    if policy is None:
        yield context.finding("KG302", binding, f'no {kind} "{spec.get("policyName")}"', "spec.policyName")
    else:
        wants, gives = (policy.get("spec") or {}).get("paramKind"), spec.get("paramRef")
        if bool(wants) != bool(gives):
            text = f"{kind} {name_of(policy)} " + (
                "takes parameters; paramRef is missing" if wants else "takes no parameters"
            )
            yield context.finding("KG306", binding, text, "spec")
    actions = spec.get("validationActions")
    if kind == POLICIES[0] and actions and "Deny" not in actions:
        yield context.finding("KG305", binding, f"validationActions {', '.join(actions)}", "spec.validationActions")


def _webhooks(obj: Object, context: Context) -> Iterator[Finding]:
    for index, webhook in enumerate(obj.get("webhooks") or []):
        path = f"webhooks[{index}]"
        if webhook.get("failurePolicy") == "Ignore":
            yield context.finding("KG303", obj, f"failurePolicy Ignore of {webhook.get('name')}", path)
        yield from _rules(obj, webhook.get("rules") or [], f"{path}.rules", context)
        for number, condition in enumerate(webhook.get("matchConditions") or []):
            yield from _constant(obj, condition, f"{path}.matchConditions[{number}]", context)


def _namespace(namespace: Object, context: Context) -> Iterator[Finding]:
    labels = (namespace.get("metadata") or {}).get("labels") or {}
    for mode in _MODES:
        level = labels.get(_LABEL + mode)
        if level is not None and level not in _LEVELS:
            near = difflib.get_close_matches(str(level).lower(), _LEVELS, n=1)
            hint = f", did you mean {near[0]}?" if near else ""
            yield context.finding("KG307", namespace, f'{_LABEL}{mode}: no level "{level}"{hint}', "metadata.labels")
    if _LABEL + "enforce" not in labels and name_of(namespace) not in _SYSTEM:
        yield context.finding("KG308", namespace, "no Pod Security level is enforced")
