"""What of an object could be secret, and is taken out of a snapshot.

Of pods: the values of environment variables, commands, arguments, paths and headers of probes and hooks, credential specs,
and what containers said when they ended. Of volumes and their classes: what only their drivers understand, and options of
mounts. Of every object: managed fields, and annotations that are not Kubernetes' own (tools keep whole objects in them, as
kubectl keeps the form last applied). Namespaces keep short annotations, which policies look at.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubegate.api.names import Object

REDACTED = "REDACTED"

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_OWN_DOMAINS = ("kubernetes.io", "k8s.io", "kubegate.dev")
_LONGEST_KEPT = 128
"""Characters of an annotation of a namespace: an owner, a limit, an address; no object."""

_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_ATTRIBUTES = (("csi", "volumeAttributes"), ("flexVolume", "options"))
_STATUSES = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")

_Part = dict[str, Any]


def redact(obj: Object) -> Object:
    """The object without what could be secret; a new object."""
    result: Object = {**obj, "metadata": _metadata(obj["kind"], obj.get("metadata") or {})}
    for kind, path, change in _CHANGES:
        if obj["kind"] == kind:
            result = _changed(result, path, change)
    return result


def _metadata(kind: str, metadata: _Part) -> _Part:
    kept = {key: value for key, value in metadata.items() if key not in ("managedFields", "annotations")}
    annotations = {
        key: value if _harmless(kind, key, value) else REDACTED
        for key, value in (metadata.get("annotations") or {}).items()
        if key != _LAST_APPLIED
    }
    return kept | ({"annotations": annotations} if annotations else {})


def _harmless(kind: str, key: str, value: str) -> bool:
    domain, slash, _ = key.partition("/")
    if slash and any(domain == own or domain.endswith(f".{own}") for own in _OWN_DOMAINS):
        return True
    return kind == "Namespace" and len(value) <= _LONGEST_KEPT and value[:1] not in ("{", "[") and "\n" not in value


def _changed(part: _Part, path: tuple[str, ...], change: Callable[[Any], Any]) -> _Part:
    """A copy in which what stands at the path, if anything does, is changed."""
    field, *rest = path
    value = part.get(field)
    if not value:
        return part
    if not rest:
        return {**part, field: change(value)}
    return {**part, field: _changed(value, tuple(rest), change)} if isinstance(value, dict) else part


def _pod_spec(spec: _Part) -> _Part:
    kept = _changed(spec, ("securityContext", "windowsOptions", "gmsaCredentialSpec"), _hidden)
    for containers in ("initContainers", "containers", "ephemeralContainers"):
        kept = _changed(kept, (containers,), lambda found: [_container(container) for container in found])
    return _changed(kept, ("volumes",), lambda found: [_volume(volume) for volume in found])


def _container(container: _Part) -> _Part:
    kept = {key: value for key, value in container.items() if key not in ("command", "args")}
    kept = _changed(kept, ("env",), _values)
    kept = _changed(kept, ("securityContext", "windowsOptions", "gmsaCredentialSpec"), _hidden)
    for probe in _PROBES:
        kept = _changed(kept, (probe,), _handler)
    return _changed(kept, ("lifecycle",), _hooks)


def _hooks(lifecycle: _Part) -> _Part:
    return {name: _handler(hook) if isinstance(hook, dict) else hook for name, hook in lifecycle.items()}


def _handler(handler: _Part) -> _Part:
    """A probe or hook without the command, the path and the headers' values."""
    kept = _changed(handler, ("exec", "command"), lambda _: [REDACTED])
    kept = _changed(kept, ("httpGet", "path"), _hidden)
    return _changed(kept, ("httpGet", "httpHeaders"), _values)


def _values(pairs: list[_Part]) -> list[_Part]:
    """Entries with name and value."""
    return [{**entry, "value": REDACTED} if entry.get("value") else entry for entry in pairs]


def _volume(volume: _Part) -> _Part:
    """A volume without the attributes that only its driver understands, and without an address that may hold a password."""
    kept = volume
    for path in _ATTRIBUTES:
        kept = _changed(kept, path, _hidden_values)
    kept = _changed(kept, ("gitRepo", "repository"), _hidden)
    return _changed(kept, ("mountOptions",), lambda _: [REDACTED])


def _pod_status(status: _Part) -> _Part:
    """Without messages: containers write them when they end."""
    kept = _without(status, "message")
    kept = _changed(kept, ("conditions",), lambda found: [_without(condition, "message") for condition in found])
    for statuses in _STATUSES:
        kept = _changed(kept, (statuses,), lambda found: [_without(one, "state", "lastState") for one in found])
    return kept


def _without(part: _Part, *fields: str) -> _Part:
    return {key: value for key, value in part.items() if key not in fields}


def _hidden(_: Any) -> str:
    return REDACTED


def _hidden_values(found: _Part) -> _Part:
    return dict.fromkeys(found, REDACTED)


_CHANGES: tuple[tuple[str, tuple[str, ...], Callable[[Any], Any]], ...] = (
    ("Pod", ("spec",), _pod_spec),
    ("Pod", ("status",), _pod_status),
    ("PersistentVolume", ("spec",), _volume),
    ("PersistentVolume", ("status", "message"), _hidden),
    ("StorageClass", ("parameters",), _hidden_values),
    ("StorageClass", ("mountOptions",), lambda _: [REDACTED]),
    ("VolumeAttachment", ("spec", "source", "inlineVolumeSpec"), _volume),
    ("VolumeAttachment", ("status", "attachmentMetadata"), _hidden_values),
    ("VolumeAttachment", ("status", "attachError", "message"), _hidden),
    ("VolumeAttachment", ("status", "detachError", "message"), _hidden),
)
"""Kind, path of a part, and what becomes of the part."""
