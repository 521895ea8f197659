"""What a patch of admission made of an object, read as the kind that it must still be.

Source: k8s.io/apiserver ``pkg/admission/plugin/{webhook/mutating,policy/mutating}/dispatcher.go``, which decode and convert;
of custom kinds they read the metadata only when somebody asks for it. Here all of it must be readable.
"""

from __future__ import annotations

from kubegate.api.names import GroupVersionKind, Object
from kubegate.api.schema.decode import interpret, to_object, with_defaults
from kubegate.api.schema.errors import Context, DecodeError
from kubegate.api.schema.table import builtin
from kubegate.api.status import Status, StatusError, internal


def read_patched(patched: Object, kind: GroupVersionKind) -> tuple[Object, list[str]]:
    """The object, and what strict decoding complains of; raises `StatusError` for what is no object of its kind."""
    try:
        found = with_defaults(interpret(patched), kind)
        if builtin().kind(kind) is None:
            made, complaints = patched, _check_metadata(patched)
        else:
            made, complaints = to_object(patched, found)
    except DecodeError as error:
        raise StatusError(internal(error.message)) from error
    if found != kind:
        package = kind.group.partition(".")[0] or "core"
        why = f"converting ({found.version}.{found.kind}) to ({package}.{kind.kind}): unknown conversion"
        raise StatusError(Status(500, "", why))
    return made, complaints


def _check_metadata(obj: Object) -> list[str]:
    """Of a custom kind, whose schema says the rest; raises `DecodeError`."""
    context = Context()
    context.path.append("metadata")
    builtin().struct("meta/v1.ObjectMeta").decode(obj.get("metadata"), context)
    return []
