"""SubjectAccessReviews on the wire: what is sent, and what an answer means.

Source: authorization.k8s.io v1 and v1beta1 (which writes ``group`` for ``groups``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import orjson

from kubegate.api.names import GroupVersionKind
from kubegate.api.schema import gojson, goyaml
from kubegate.api.schema.decode import interpret, to_object
from kubegate.api.schema.errors import DecodeError
from kubegate.authz.interface import Attributes, SelectorRequirement
from kubegate.errors import Unavailable

GROUP = "authorization.k8s.io"
KIND = "SubjectAccessReview"
_SURROGATE = re.compile("[\ud800-\udfff]")


def spec_of(attributes: Attributes) -> dict[str, Any]:
    """The v1 ``spec`` that describes a request; empty parts are absent."""
    user = attributes.user
    spec: dict[str, Any] = {}
    if attributes.is_resource:
        resource = {
            "namespace": attributes.namespace,
            "verb": attributes.verb,
            "group": attributes.group,
            "version": attributes.version,
            "resource": attributes.resource,
            "subresource": attributes.subresource,
            "name": attributes.name,
            "fieldSelector": _selector(attributes.field_requirements),
            "labelSelector": _selector(attributes.label_requirements),
        }
        spec["resourceAttributes"] = {key: value for key, value in resource.items() if value}
    else:
        path = {"path": attributes.path, "verb": attributes.verb}
        spec["nonResourceAttributes"] = {key: value for key, value in path.items() if value}
    if user.name:
        spec["user"] = user.name
    if user.groups:
        spec["groups"] = list(user.groups)
    if user.extra:
        spec["extra"] = {key: list(values) for key, values in user.extra}
    if user.uid:
        spec["uid"] = user.uid
    return spec


def _selector(requirements: Sequence[SelectorRequirement] | None) -> dict[str, Any] | None:
    if not requirements:
        return None
    rows = []
    for requirement in requirements:
        row: dict[str, Any] = {"key": requirement.key, "operator": requirement.operator}
        if requirement.values:
            row["values"] = list(requirement.values)
        rows.append(row)
    return {"requirements": rows}


def encode(spec: dict[str, Any], version: str) -> bytes:
    """The whole review in a version."""
    if version == "v1beta1":
        spec = {("group" if key == "groups" else key): value for key, value in spec.items()}
    review = {
        "kind": KIND,
        "apiVersion": f"{GROUP}/{version}",
        "metadata": {},
        "spec": spec,
        "status": {"allowed": False},
    }
    return canonical(review)


def _value(body: bytes) -> Any:
    """What is no JSON object is read as YAML, as the decoder of client-go does; raises `DecodeError`."""
    if body.strip() and not body.lstrip().startswith(b"{"):
        return goyaml.parse(body)[0]
    try:
        return gojson.parse(body)
    except DecodeError as error:
        raise DecodeError(f"couldn't get version/kind; json parse error: {error.message}") from error


def canonical(value: Any) -> bytes:
    """As JSON, with sorted keys; a text that is not Unicode (of a path) with U+FFFD for what is none, as Go writes it."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return orjson.dumps(_unicode(value), option=orjson.OPT_SORT_KEYS)


def _unicode(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_unicode(key): _unicode(item) for key, item in value.items()}
    return [_unicode(item) for item in value] if isinstance(value, list) else value


def decode_status(body: bytes, version: str) -> dict[str, Any]:
    """The ``status`` of an answer in the version asked for, read as Go reads it: what stands twice is merged, null says
    nothing, no field may have another type. Raises `Unavailable` for anything else."""
    text = body.decode("utf-8", "replace")
    try:
        review = _value(body)
        group, answered, kind = interpret(review)
    except DecodeError as error:
        raise Unavailable(error.message) from error
    if not answered or not kind:
        raise Unavailable(f"Object '{'Kind' if answered else 'apiVersion'}' is missing in '{text}'")
    if kind != KIND or group != GROUP:
        shown = f"{group}/{answered}" if group else answered
        raise Unavailable(f'no kind "{kind}" is registered for version "{shown}"')
    if answered != version:
        raise Unavailable(f"converting ({answered}.{kind}) to ({version}.{kind}): unknown conversion")
    try:
        answer, _ = to_object(review, GroupVersionKind(GROUP, version, KIND))
    except DecodeError as error:
        raise Unavailable(error.message) from error
    status: dict[str, Any] = answer.get("status") or {}
    return status
