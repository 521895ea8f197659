"""Roles and bindings whose mistakes would be misread silently: as a rule for nothing, or a grant to nobody.

Source: kubernetes ``pkg/apis/rbac/validation``: an API server refuses such bindings.
"""

from __future__ import annotations

from typing import Any

from kubegate.api.names import Object
from kubegate.bundle.complaints import Locate, fail, known_fields, list_of, named, near_field, near_word, quotes_for

GROUP = "rbac.authorization.k8s.io"
_RULE = ("verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs")
_META = ("apiVersion", "kind", "metadata")
_TOP = {
    "Role": (*_META, "rules"),
    "ClusterRole": (*_META, "rules", "aggregationRule"),
    "RoleBinding": (*_META, "subjects", "roleRef"),
    "ClusterRoleBinding": (*_META, "subjects", "roleRef"),
}
KINDS = tuple(_TOP)
_SUBJECTS = ("User", "Group", "ServiceAccount")
_ROLES = {"RoleBinding": ("Role", "ClusterRole"), "ClusterRoleBinding": ("ClusterRole",)}


def check_rbac(obj: Object, kind: str, locate: Locate) -> None:
    """Raises `InvalidInput` for the first mistake."""
    known_fields(obj, _TOP[kind], "", locate)
    if kind.endswith("Role"):
        _check_rules(obj.get("rules"), locate)
        return
    _check_role_ref(obj, kind, locate)
    for index, subject in enumerate(list_of(obj.get("subjects"), "subjects", locate)):
        _check_subject(subject, f"subjects[{index}]", kind, locate)


def _check_rules(rules: Any, locate: Locate) -> None:
    for index, rule in enumerate(list_of(rules, "rules", locate)):
        path = f"rules[{index}]"
        if not isinstance(rule, dict):
            fail(f"{path} must be an object, not {named(rule)}", locate(path))
        known_fields(rule, _RULE, path, locate)
        for field in _RULE:
            for position, value in enumerate(list_of(rule.get(field), f"{path}.{field}", locate)):
                if not isinstance(value, str):
                    place = f"{path}.{field}[{position}]"
                    fail(f"{place} must be a text, not {named(value)}", locate(place), quotes_for(value))


def _check_role_ref(obj: Object, binding: str, locate: Locate) -> None:
    ref = obj.get("roleRef")
    if not isinstance(ref, dict):
        fail(
            "roleRef is missing" if ref is None else "roleRef must be an object", locate(""), near_field("roleRef", obj, "")
        )
    known_fields(ref, ("apiGroup", "kind", "name"), "roleRef", locate)
    _check_texts(ref, "roleRef", locate)
    kinds = _ROLES[binding]
    if ref.get("kind") not in kinds:
        said = f"roleRef.kind {ref['kind']}" if ref.get("kind") else "roleRef.kind is missing: it"
        hint = near_word(str(ref.get("kind") or ""), kinds, cutoff=0.75)
        fail(f"{said} must be {' or '.join(kinds)} in a {binding}", locate("roleRef.kind"), hint)
    if not ref.get("name"):
        fail("roleRef.name is missing", locate("roleRef"), near_field("name", ref, ""))
    _check_group(ref, "roleRef", GROUP, locate)


def _check_subject(subject: Any, path: str, binding: str, locate: Locate) -> None:
    if not isinstance(subject, dict):
        fail(f"{path} must be an object, not {named(subject)}", locate(path))
    known_fields(subject, ("apiGroup", "kind", "name", "namespace"), path, locate)
    _check_texts(subject, path, locate)
    kind = subject.get("kind")
    if kind not in _SUBJECTS:
        said = f"{path}.kind {kind}" if kind else f"{path}.kind is missing: it"
        hint = near_word(str(kind or ""), _SUBJECTS)
        fail(f"{said} must be User, Group or ServiceAccount", locate(f"{path}.kind"), hint)
    if not subject.get("name"):
        fail(f"{path}.name is missing", locate(path), near_field("name", subject, ""))
    if kind == "ServiceAccount" and binding == "ClusterRoleBinding" and not subject.get("namespace"):
        hint = "say the namespace of the service account: here there is none to take it from"
        fail(f"{path}.namespace is missing", locate(path), hint)
    _check_group(subject, path, "" if kind == "ServiceAccount" else GROUP, locate)


def _check_group(obj: dict[str, Any], path: str, group: str, locate: Locate) -> None:
    said = obj.get("apiGroup")
    if said and said != group:
        hint = f"write {group}, without a version" if group else "service accounts are of the core group: leave it out"
        fail(f"{path}.apiGroup is {said}, not {group or 'empty'}", locate(f"{path}.apiGroup"), hint)


def _check_texts(obj: dict[str, Any], path: str, locate: Locate) -> None:
    for field, value in obj.items():
        if value is not None and not isinstance(value, str):
            place = f"{path}.{field}"
            fail(f"{place} must be a text, not {named(value)}", locate(place), quotes_for(value) if _plain(value) else "")


def _plain(value: Any) -> bool:
    return not isinstance(value, dict | list)
