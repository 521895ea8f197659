"""One line of the policy file: what it may hold, and how old lines are read.

Source: Kubernetes' ``pkg/apis/abac`` (v1beta1 and the unversioned v0 form) and the ABAC page of its documentation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kubegate.api.go_json import type_error
from kubegate.api.user import AUTHENTICATED
from kubegate.errors import KubegateError, Location

GROUP_VERSION = "abac.authorization.kubernetes.io/v1beta1"
KIND = "Policy"
_V0 = "abac.authorization.kubernetes.io/v0"
"""What a line is that does not say what it is."""
_SCHEME = 'in scheme "pkg/apis/abac/register.go:33"'


class PolicyLineError(KubegateError):
    """A line cannot be read; the loader adds file, line number and content."""

    code = "abac-policy-line"


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may do what. Empty ``user`` and ``group`` match nobody; ``*`` is a wildcard where it stands alone."""

    user: str = ""
    group: str = ""
    namespace: str = ""
    resource: str = ""
    api_group: str = ""
    non_resource_path: str = ""
    readonly: bool = False
    location: Location = field(default_factory=Location)


_V1BETA1_FIELDS = {
    "user": ("user", str),
    "group": ("group", str),
    "namespace": ("namespace", str),
    "resource": ("resource", str),
    "apiGroup": ("api_group", str),
    "nonResourcePath": ("non_resource_path", str),
    "readonly": ("readonly", bool),
}
_V0_FIELDS = {
    "user": ("user", str),
    "group": ("group", str),
    "readonly": ("readonly", bool),
    "resource": ("resource", str),
    "namespace": ("namespace", str),
}


def policy_from(document: Any, location: Location) -> Policy:
    """The policy of one decoded line; raises `PolicyLineError` in the server's words."""
    if document is None:
        document = {}
    version, kind = _text(document, "apiVersion"), _text(document, "kind")
    if version == GROUP_VERSION and kind == KIND:
        return _from_v1beta1(document, location)
    if version == GROUP_VERSION and not kind:
        raise PolicyLineError("converting (v1beta1.Policy) to (v0.Policy): unknown conversion")
    if version in ("", _V0) and kind in ("", KIND):
        return _from_v0(document, location)
    raise PolicyLineError(f"no kind {_quoted(kind or KIND)} is registered for version {_quoted(version or _V0)} {_SCHEME}")


def to_object(policy: Policy) -> dict[str, Any]:
    """A line as v1beta1 spells it; what is empty is left out."""
    values = ((key, getattr(policy, attribute)) for key, (attribute, _) in _V1BETA1_FIELDS.items())
    return {"apiVersion": GROUP_VERSION, "kind": KIND, "spec": {key: value for key, value in values if value}}


def _from_v1beta1(document: dict[str, Any], location: Location) -> Policy:
    spec = document.get("spec")
    if spec is None:
        spec = {}
    if not isinstance(spec, dict):
        raise PolicyLineError(type_error(spec, "Policy.spec", "v1beta1.PolicySpec"))
    values = _read(spec, _V1BETA1_FIELDS, "PolicySpec.spec")
    if values.get("user") == "*" or values.get("group") == "*":
        values["user"], values["group"] = "", AUTHENTICATED
    return Policy(**values, location=location)


def _from_v0(document: dict[str, Any], location: Location) -> Policy:
    values = _read(document, _V0_FIELDS, "Policy")
    user, group = values.get("user", ""), values.get("group", "")
    if (not user and not group) or "*" in (user, group):
        values["user"], values["group"] = "", AUTHENTICATED
    if not values.get("namespace") and not values.get("resource"):
        values["non_resource_path"] = "*"
    values["namespace"] = values.get("namespace") or "*"
    values["resource"] = values.get("resource") or "*"
    return Policy(**values, api_group="*", location=location)


def _read(document: dict[str, Any], fields: dict[str, tuple[str, type]], owner: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, (attribute, expected) in fields.items():
        value = document.get(key)
        if value is None:
            continue
        if not isinstance(value, expected):
            go_type = "string" if expected is str else "bool"
            raise PolicyLineError(type_error(value, f"{owner}.{key}", go_type))
        values[attribute] = value
    return values


def _text(document: Any, key: str) -> str:
    if not isinstance(document, dict):
        target = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
        raise PolicyLineError(f"couldn't get version/kind; json parse error: {type_error(document, '', target)}")
    found = ""
    # Version and kind, and they alone, are found in any letter case; the last one counts.
    for name, value in document.items():
        if str(name).casefold() != key.casefold() or value is None:
            continue
        if not isinstance(value, str):
            raise PolicyLineError(f"couldn't get version/kind; json parse error: {type_error(value, f'.{key}', 'string')}")
        found = value
    return found


def _quoted(text: str) -> str:
    return '"' + text + '"'
