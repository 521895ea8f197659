"""The Go types that a webhook's answer is read as: a value of another type is an error, as it is upstream.

Source: k8s.io/api ``admission/{v1,v1beta1}/types.go``, whose responses have the same fields.
"""

from __future__ import annotations

import functools

from kubegate.api.schema.codecs import Anything, Codec, Field, Pointer, Struct
from kubegate.api.schema.scalars import Text
from kubegate.api.schema.table import builtin

_TEXT, _TEXTS, _PAIRS = "string", "[]string", "map[string]string"


@functools.cache
def review_type(version: str) -> Struct:
    """AdmissionReview of a version (``v1``), of which only the response is looked at."""
    types = builtin()
    response = Struct(f"{version}.AdmissionResponse")
    fields: dict[str, Codec] = {
        "uid": types.codec("types.UID"),
        "allowed": types.codec("bool"),
        "status": Pointer(types.struct("meta/v1.Status")),
        "patch": types.codec("[]uint8"),
        "patchType": Pointer(Text(f"{version}.PatchType")),
        "auditAnnotations": types.codec(_PAIRS),
        "warnings": types.codec(_TEXTS),
    }
    response.complete([_field(name, codec) for name, codec in fields.items()])
    review = Struct(f"{version}.AdmissionReview")
    parts: dict[str, Codec] = {
        "kind": types.codec(_TEXT),
        "apiVersion": types.codec(_TEXT),
        "request": Anything(),
        "response": Pointer(response),
    }
    review.complete([_field(name, codec) for name, codec in parts.items()])
    return review


def _field(name: str, codec: Codec) -> Field:
    return Field(name, codec, omitempty=True, omitzero=False, extra={})
