"""Is it a Kubernetes object at all, and are the fields that decisions read of the right type?

This finds what would otherwise be misread silently (``metdata``, ``verbs: get``); whether an API server would accept the
object is the business of validation.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from kubegate.api.names import Object, kind_of
from kubegate.authz.node.graph import KINDS as RELATED
from kubegate.authz.node.graph import Graph
from kubegate.errors import InvalidInput, Location

Locate = Callable[[str], Location]
"""path in the object -> place in the file"""

RBAC_GROUP = "rbac.authorization.k8s.io"

_RULE = ("verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs")
_POLICIES = "admissionregistration.k8s.io"
_META = ("apiVersion", "kind", "metadata")
_TOP = {
    "Role": (*_META, "rules"),
    "ClusterRole": (*_META, "rules", "aggregationRule"),
    "RoleBinding": (*_META, "subjects", "roleRef"),
    "ClusterRoleBinding": (*_META, "subjects", "roleRef"),
}


def check_object(obj: Any, locate: Locate) -> Object:
    """The object, if it is one. Raises `InvalidInput` with place and advice."""
    if not isinstance(obj, dict):
        _fail(f"a Kubernetes object is expected, this is {_name(obj)}", locate(""))
    for field in ("apiVersion", "kind"):
        if not obj.get(field):
            _fail(f"{field} is missing", locate(""), _near(field, obj, "every object says its apiVersion and kind"))
        if not isinstance(obj[field], str):
            _fail(f"{field} must be a text, not {_name(obj[field])}", locate(field))
    _check_metadata(obj, locate)
    kind = kind_of(obj)
    if kind.group == RBAC_GROUP and kind.kind in _TOP:
        _known(obj, _TOP[kind.kind], "", locate)
        if kind.kind.endswith("Role"):
            _check_rules(obj.get("rules"), locate)
            if obj.get("aggregationRule") is not None:
                _check_types(obj, locate, "aggregationRule")
        else:
            _check_binding(obj, locate)
    elif kind.group == _POLICIES or not _looks_right(obj.get("spec")):
        _check_types(obj, locate)
    elif kind.kind in RELATED:
        try:
            Graph().upsert(obj)
        except (AttributeError, TypeError) as error:
            _check_types(obj, locate)
            raise InvalidInput("a list holds nothing in place of an object", location=locate("spec")) from error
    return obj


def _looks_right(spec: Any) -> bool:
    """What can be seen at a glance: an object, whose ``hard`` (of quotas) is an object and ``limits`` a list."""
    if not isinstance(spec, dict):
        return spec is None
    return isinstance(spec.get("hard", {}), dict) and isinstance(spec.get("limits", []), list)


def _check_types(obj: Object, locate: Locate, part: str = "spec") -> None:
    """Every field has the type that the API gives it."""
    # Here, because the types of the whole API are loaded, which few runs need.
    from kubegate.api.schema.decode import normalize
    from kubegate.api.schema.errors import DecodeError

    try:
        normalize(kind_of(obj), obj)
    except DecodeError as error:
        raise InvalidInput(error.message, location=locate(part)) from error


def _check_metadata(obj: Object, locate: Locate) -> None:
    metadata = obj.get("metadata")
    if metadata is None:
        _fail("metadata is missing", locate(""), _near("metadata", obj, "every object has metadata with a name"))
    if not isinstance(metadata, dict):
        _fail(f"metadata must be an object, not {_name(metadata)}", locate("metadata"))
    for field in ("name", "namespace", "generateName"):
        value = metadata.get(field)
        if value is not None and not isinstance(value, str):
            hint = f'put it in quotes: {field}: "{value}"' if not isinstance(value, dict | list) else ""
            _fail(f"metadata.{field} must be a text, not {_name(value)}", locate(f"metadata.{field}"), hint)
    if not metadata.get("name") and not metadata.get("generateName"):
        _fail("metadata.name is missing", locate("metadata"), _near("name", metadata, ""))
    for field in ("labels", "annotations"):
        for key, value in _mapping(metadata.get(field), f"metadata.{field}", locate).items():
            if not isinstance(value, str):
                place = f"metadata.{field}.{key}"
                _fail(
                    f"{place} must be a text, not {_name(value)}",
                    locate(f"metadata.{field}"),
                    f'put it in quotes: "{value}"',
                )


def _check_rules(rules: Any, locate: Locate) -> None:
    for index, rule in enumerate(_list(rules, "rules", locate)):
        path = f"rules[{index}]"
        if not isinstance(rule, dict):
            _fail(f"{path} must be an object, not {_name(rule)}", locate(path))
        _known(rule, _RULE, path, locate)
        for field in _RULE:
            for position, value in enumerate(_list(rule.get(field), f"{path}.{field}", locate)):
                if not isinstance(value, str):
                    place = f"{path}.{field}[{position}]"
                    _fail(f"{place} must be a text, not {_name(value)}", locate(place), f'put it in quotes: "{value}"')


def _check_binding(obj: Object, locate: Locate) -> None:
    ref = obj.get("roleRef")
    if not isinstance(ref, dict):
        _fail("roleRef is missing" if ref is None else "roleRef must be an object", locate(""), _near("roleRef", obj, ""))
    _known(ref, ("apiGroup", "kind", "name"), "roleRef", locate)
    for index, subject in enumerate(_list(obj.get("subjects"), "subjects", locate)):
        path = f"subjects[{index}]"
        if not isinstance(subject, dict):
            _fail(f"{path} must be an object, not {_name(subject)}", locate(path))
        _known(subject, ("apiGroup", "kind", "name", "namespace"), path, locate)
        for field, value in subject.items():
            if value is not None and not isinstance(value, str):
                _fail(f"{path}.{field} must be a text, not {_name(value)}", locate(f"{path}.{field}"))


def _known(obj: dict[str, Any], fields: Iterable[str], path: str, locate: Locate) -> None:
    for field in obj:
        if field not in fields:
            place = f"{path}.{field}" if path else field
            near = difflib.get_close_matches(field, list(fields), n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else f"known fields: {', '.join(fields)}"
            _fail(f"unknown field {place}", locate(place), hint)


def _list(value: Any, path: str, locate: Locate) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        hint = f"write a list: [{value}]" if isinstance(value, str) else ""
        _fail(f"{path} must be a list, not {_name(value)}", locate(path), hint)
    return value


def _mapping(value: Any, path: str, locate: Locate) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        _fail(f"{path} must be an object, not {_name(value)}", locate(path))
    return value


def _near(field: str, obj: dict[str, Any], otherwise: str) -> str:
    near = difflib.get_close_matches(field.lower(), [key for key in obj if key != field], n=1, cutoff=0.6)
    near = near or [key for key in obj if key.lower() == field.lower()]
    return f"found {near[0]}: did you mean {field}?" if near else otherwise


def _name(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"the truth value {str(value).lower()}"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, list) else "an object"


def _fail(message: str, location: Location, hint: str = "") -> NoReturn:
    raise InvalidInput(message, location=location, hint=hint)
