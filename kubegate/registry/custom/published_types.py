"""The types of custom objects as the API publishes their schemas: expressions of policies see all of the metadata.

Source: apiextensions-apiserver ``pkg/controller/openapi/builder``; k8s.io/apiserver
``pkg/admission/plugin/policy/validating/typechecking.go``.
"""

from __future__ import annotations

from kubegate.admission.policies.validating.object_types import ObjectTypes, object_types
from kubegate.api.names import GroupVersionKind
from kubegate.registry.custom.rules import SelfTypes
from kubegate.registry.custom.structural import Schema

_POD = GroupVersionKind("", "v1", "Pod")


def published_types(kind: str, schema: Schema) -> ObjectTypes | None:
    """The types of a custom kind's objects."""
    pod = object_types(_POD)
    if pod is None:
        return None
    meta = pod[1][pod[1][pod[0].name]["metadata"].name]
    types = SelfTypes(meta)
    made = types.of(schema, kind, resource=True)
    return None if made is None else (made, {**pod[1], **types.objects})
