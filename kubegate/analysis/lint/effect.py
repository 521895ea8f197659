"""Rules of roles that never take effect."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

from kubegate.analysis.diff.boxes import difference
from kubegate.analysis.diff.permissions import EVERYWHERE, rule_boxes
from kubegate.analysis.lint.context import Context, role_id
from kubegate.analysis.lint.finding import Finding
from kubegate.analysis.requests import NON_RESOURCE_VERBS, RESOURCE_VERBS, ResourceName, Vocabulary
from kubegate.api.names import Object

_CONSTRAINED = ("impersonate:", "impersonate-on:")
"""Verbs of constrained impersonation (KEP-5284)."""
_SELECTED = ("list", "watch")
_NAMELESS = ("create", "deletecollection")


def role_findings(role: Object, context: Context) -> Iterator[Finding]:
    """Everything about one Role or ClusterRole that has no effect."""
    rules = role.get("rules") or []
    for index, rule in enumerate(rules):
        path = f"rules[{index}]"
        for rule_id, message in rule_messages(role, rule, context.vocabulary):
            yield context.finding(rule_id, role, message, path)
        if shadow := _shadow(rules, index):
            yield context.finding("KG009", role, f"rules[{shadow - 1}] allows all of it", path)
    labels = (role.get("metadata") or {}).get("labels") or {}
    gathered = any(key.startswith("rbac.authorization.k8s.io/aggregate-to-") for key in labels)
    if role_id(role) not in context.bound and not gathered and not _gathered(labels, context):
        yield context.finding("KG014", role, "nothing refers to it")


def _gathered(labels: dict[str, str], context: Context) -> bool:
    """Does an aggregated ClusterRole take roles with such labels (as far as its matchLabels tell)?"""
    for wanted in context.gathering:
        if all(labels.get(key) == value for key, value in wanted.items()) and (wanted or labels):
            return True
    return False


def rule_messages(role: Object, rule: dict[str, Any], vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    """(id, message) of what is wrong with one rule of a role, or of a policy with rules as roles have them."""
    verbs, resources, paths = (rule.get(key) or [] for key in ("verbs", "resources", "nonResourceURLs"))
    known = NON_RESOURCE_VERBS if paths and not resources else RESOURCE_VERBS
    for verb in verbs:
        if verb not in known and not verb.startswith(_CONSTRAINED):
            near = difflib.get_close_matches(verb.lower(), known, n=1)
            yield "KG003", f'unknown verb "{verb}"' + (f", did you mean {near[0]}?" if near else "")
    if rule.get("resourceNames"):
        yield from _names(verbs, resources)
    if paths and role.get("kind") == "Role":
        yield "KG007", "nonResourceURLs in a Role"
    for group in rule.get("apiGroups") or []:
        meant = _near_group(group, vocabulary)
        if meant is not None:
            yield "KG015", f'unknown API group "{group}", did you mean "{meant}"?'
            continue
        for resource in resources:
            yield from _resource(role, group, resource, vocabulary)


def _names(verbs: list[str], resources: list[str]) -> Iterator[tuple[str, str]]:
    whole = [resource for resource in resources if "/" not in resource]
    for verb in _NAMELESS if whole else ():
        if verb in verbs:
            yield "KG005", f"{verb} of {', '.join(whole)} with resourceNames"
    selected = [verb for verb in _SELECTED if verb in verbs]
    if selected and whole and "get" not in verbs and "*" not in verbs:
        yield "KG011", f"{' and '.join(selected)} of {', '.join(whole)} with resourceNames"


def _near_group(group: str, vocabulary: Vocabulary) -> str | None:
    """The group that is meant by one that is not known; None if it is known, or nothing is near."""
    groups = {resource.group for resource in vocabulary.resources} | {"authentication.k8s.io", "*"}
    if group in groups:
        return None
    plain = group.partition("/")[0]
    if plain in groups:
        return plain
    if group in ("core", "v1", "core/v1"):
        return ""
    near = difflib.get_close_matches(group.lower(), groups - {"", "*"}, n=1, cutoff=0.8)
    short = [name for name in groups if name.partition(".")[0] == group.lower()]
    return near[0] if near else short[0] if len(short) == 1 else None


def _resource(role: Object, group: str, resource: str, vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    name, _, subresource = resource.partition("/")
    if "*" in (name, group):
        return
    of_name = [known for known in vocabulary.resources if known.resource == name]
    found = next((known for known in of_name if known.group == group), None)
    if found is None:
        if of_name:
            elsewhere = ", ".join(f'"{known.group}"' for known in of_name)
            yield "KG004", f'no resource "{name}" in group "{group}"; it is in {elsewhere}'
        elif group in {known.group for known in vocabulary.resources} and (group, name) not in _VIRTUAL:
            near = vocabulary.near(name) or _by_other_name(name, vocabulary)
            yield "KG004", f'no resource "{name}"' + (f", did you mean {near}?" if near else "")
        return
    if subresource and subresource != "*" and subresource not in found.subresources:
        near_ = difflib.get_close_matches(subresource, found.subresources, n=1)
        hint = f", did you mean {near_[0]}?" if near_ else ""
        if (name, subresource) not in _VIRTUAL_SUBRESOURCES:
            yield "KG004", f'resource "{name}" has no subresource "{subresource}"{hint}'
    if role.get("kind") == "Role" and not found.namespaced:
        yield "KG006", f'"{name}" is cluster-scoped'


_VIRTUAL = frozenset({("", "users"), ("", "groups"), ("certificates.k8s.io", "signers"), ("policy", "podsecuritypolicies")})
"""Names that rules may have though no API has them: the server asks about them itself."""
_VIRTUAL_SUBRESOURCES = frozenset(
    ("nodes", name) for name in ("metrics", "stats", "log", "spec", "checkpoint", "configz", "healthz", "pods")
)
"""What the kubelet asks about."""


def _by_other_name(name: str, vocabulary: Vocabulary) -> str:
    """The plural of a kind, singular or short name."""
    found: ResourceName | None = vocabulary.find(name)
    return found.resource if found else ""


def _shadow(rules: list[dict[str, Any]], index: int) -> int:
    """1 + the index of a rule that allows all that this one does (of equal rules, an earlier one); 0 if there is none."""
    mine = rule_boxes(rules[index], EVERYWHERE)
    if not mine:
        return 0
    for other, rule in enumerate(rules):
        if other != index and not difference(mine, rule_boxes(rule, EVERYWHERE)):
            back = difference(rule_boxes(rule, EVERYWHERE), mine)
            if back or other < index:
                return other + 1
    return 0
