"""Rules of roles that never take effect."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

from kubegate.analysis.diff.boxes import difference
from kubegate.analysis.diff.permissions import EVERYWHERE, rule_boxes
from kubegate.analysis.lint.finding import RULES, Finding
from kubegate.analysis.requests import NON_RESOURCE_VERBS, RESOURCE_VERBS, Vocabulary
from kubegate.api.names import Object, name_of, namespace_of
from kubegate.errors import Location


def role_findings(role: Object, vocabulary: Vocabulary, locate: Any) -> Iterator[Finding]:
    """Everything about one Role or ClusterRole that has no effect."""
    rules = role.get("rules") or []
    for index, rule in enumerate(rules):
        path = f"rules[{index}]"
        where = locate(role, path)
        for rule_id, message in _messages(role, rule, vocabulary):
            yield Finding(RULES[rule_id], title(role), f"{path}: {message}", where)
        if shadow := _shadow(rules, index):
            yield Finding(RULES["KG009"], title(role), f"{path}: rules[{shadow - 1}] allows all of it", where)


def title(obj: Object) -> str:
    """``Role ns/name``."""
    namespace = namespace_of(obj)
    return f"{obj.get('kind')} {namespace}/{name_of(obj)}" if namespace else f"{obj.get('kind')} {name_of(obj)}"


def _messages(role: Object, rule: dict[str, Any], vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    verbs, resources, paths = (rule.get(key) or [] for key in ("verbs", "resources", "nonResourceURLs"))
    known = NON_RESOURCE_VERBS if paths and not resources else RESOURCE_VERBS
    for verb in verbs:
        if verb not in known:
            near = difflib.get_close_matches(verb, known, n=1)
            yield "KG003", f'unknown verb "{verb}"' + (f", did you mean {near[0]}?" if near else "")
    created = [resource for resource in resources if "/" not in resource]
    if rule.get("resourceNames") and "create" in verbs and created:
        yield "KG005", f"create of {', '.join(created)} with resourceNames"
    if paths and role.get("kind") == "Role":
        yield "KG007", "nonResourceURLs in a Role"
    for group in rule.get("apiGroups") or []:
        for resource in resources:
            yield from _resource(role, group, resource, vocabulary)


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
        elif group in {known.group for known in vocabulary.resources}:
            near = vocabulary.near(name)
            yield "KG004", f'no resource "{name}"' + (f", did you mean {near}?" if near else "")
        return
    if subresource and subresource != "*" and subresource not in found.subresources:
        yield "KG004", f'resource "{name}" has no subresource "{subresource}"'
    if role.get("kind") == "Role" and not found.namespaced:
        yield "KG006", f'"{name}" is cluster-scoped'


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


def no_place(obj: Object, path: str) -> Location | None:
    """For objects that stand in no file."""
    return None
