"""SubjectAccessReviews on the wire: what is sent, and what an answer means.

Source: authorization.k8s.io v1 and v1beta1 (which writes ``group`` for ``groups``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from kubegate.api.go_json import syntax_error, type_error
from kubegate.authz.interface import Attributes, SelectorRequirement
from kubegate.errors import Unavailable

GROUP = "authorization.k8s.io"
_TYPE_META = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'


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
        "kind": "SubjectAccessReview",
        "apiVersion": f"{GROUP}/{version}",
        "metadata": {},
        "spec": spec,
        "status": {"allowed": False},
    }
    return orjson.dumps(review)


def decode_status(body: bytes, version: str) -> dict[str, Any]:
    """The ``status`` of an answer in the version asked for; raises `Unavailable` for anything else."""
    text = body.decode("utf-8", "replace")
    try:
        review = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        # The decoder takes what is no JSON object for YAML, in which a bare text is a string.
        cause = syntax_error(text) if text.lstrip().startswith("{") or not text.strip() else type_error(text, "", _TYPE_META)
        raise Unavailable(f"couldn't get version/kind; json parse error: {cause}") from error
    if not isinstance(review, dict):
        raise Unavailable(f"couldn't get version/kind; json parse error: {type_error(review, '', _TYPE_META)}")
    api_version, kind = review.get("apiVersion") or "", review.get("kind") or ""
    if not api_version or not kind:
        missing = "apiVersion" if not api_version else "Kind"
        raise Unavailable(f"Object '{missing}' is missing in '{text}'")
    if kind != "SubjectAccessReview" or not str(api_version).startswith(f"{GROUP}/"):
        raise Unavailable(f'no kind "{kind}" is registered for version "{api_version}"')
    answered = str(api_version).removeprefix(f"{GROUP}/")
    if answered != version:
        raise Unavailable(f"converting ({answered}.{kind}) to ({version}.{kind}): unknown conversion")
    status = review.get("status")
    if status is None:
        return {}
    if not isinstance(status, dict):
        raise Unavailable(type_error(status, "SubjectAccessReview.status", f"{version}.SubjectAccessReviewStatus"))
    for field in ("allowed", "denied"):
        if not isinstance(status.get(field, False), bool):
            where = f"SubjectAccessReviewStatus.status.{field}"
            raise Unavailable(type_error(status[field], where, "bool"))
    if not isinstance(status.get("reason", ""), str):
        raise Unavailable(type_error(status["reason"], "SubjectAccessReviewStatus.status.reason", "string"))
    return status
