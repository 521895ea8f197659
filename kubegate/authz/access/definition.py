"""The kind as a CustomResourceDefinition: how a server that decides by AccessPolicies has it in its API."""

from __future__ import annotations

from typing import Any

from kubegate.api.names import Object
from kubegate.authz.access.model import API_VERSION, GROUP, KIND

_TEXT: dict[str, Any] = {"type": "string"}
_TEXTS: dict[str, Any] = {"type": "array", "items": _TEXT}


def _record(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties}


def _whole(record: dict[str, Any]) -> dict[str, Any]:
    """With the fields that nobody knows, so that they can be refused: without a misspelt `namespaces` a policy would hold
    everywhere."""
    return {**record, "x-kubernetes-preserve-unknown-fields": True}


def _described(schema: dict[str, Any], text: str) -> dict[str, Any]:
    return {**schema, "description": text}


_SUBJECT = _whole(
    _record(
        ["kind", "name"],
        kind={"type": "string", "enum": ["User", "Group", "ServiceAccount"]},
        name=_described(_TEXT, "* stands for any text."),
        namespace=_described(_TEXT, "Of a ServiceAccount; * stands for any text."),
        apiGroup=_TEXT,
    )
)
_RULE = _record(
    ["verbs"],
    verbs=_TEXTS,
    apiGroups=_TEXTS,
    resources=_TEXTS,
    resourceNames=_TEXTS,
    resourceNamePatterns=_described(_TEXTS, "Names with * for any text."),
    nonResourceURLs=_TEXTS,
    labelSelector=_described(
        {"type": "object", "x-kubernetes-preserve-unknown-fields": True}, "What the request's own selector must imply."
    ),
    fieldSelector=_described(_TEXT, "What the request's own selector must imply."),
)
_SUBJECTS: dict[str, Any] = {"type": "array", "items": _SUBJECT}
_INSTANT: dict[str, Any] = {"type": "string", "format": "date-time"}
_SPEC = _record(
    ["effect", "subjects", "rules"],
    effect={"type": "string", "enum": ["Allow", "Deny"], "description": "A Deny wins over every Allow."},
    subjects=_described(_SUBJECTS, "Whom the policy is about."),
    exceptSubjects=_described(_SUBJECTS, "Who is left out."),
    namespaces=_described(_TEXTS, "Where it holds; * stands for any text. Without: everywhere."),
    rules={"type": "array", "items": _whole(_RULE), "description": "What it is about, as in RBAC."},
    when=_described(_TEXTS, "CEL expressions over the request (request.user, ...); all must hold."),
    notBefore=_INSTANT,
    notAfter=_INSTANT,
    reason=_described(_TEXT, "Shown in the answer."),
    breakGlass={"type": "boolean", "description": "The subjects can never be denied."},
)


def definition() -> Object:
    """A fresh copy."""
    schema = _record(["spec"], apiVersion=_TEXT, kind=_TEXT, metadata={"type": "object"}, spec=_whole(_SPEC))
    version = {
        "name": API_VERSION.partition("/")[2],
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": _described(schema, "Rules that allow or deny, beyond what RBAC can say.")},
        "additionalPrinterColumns": [
            {"name": "Effect", "type": "string", "jsonPath": ".spec.effect"},
            {"name": "Reason", "type": "string", "jsonPath": ".spec.reason"},
            {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
        ],
    }
    names = {"plural": "accesspolicies", "singular": "accesspolicy", "kind": KIND, "listKind": f"{KIND}List"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{names['plural']}.{GROUP}"},
        "spec": {"group": GROUP, "scope": "Cluster", "names": names, "versions": [version]},
    }
