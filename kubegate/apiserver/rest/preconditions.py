"""What a client says of the stored object that it replaces: its uid, which is looked at before all else, and its version.

Source: k8s.io/apiserver ``storage.Preconditions.Check``, ``rest.DefaultUpdatedObjectInfo``, kubernetes
``pkg/kubeapiserver/default_storage_factory_builder.go`` (SpecialDefaultResourcePrefixes).
"""

from __future__ import annotations

from kubegate.api import status as statuses
from kubegate.api.catalog import Resource
from kubegate.api.names import Object, metadata
from kubegate.api.status import Status, StatusError
from kubegate.apiserver.rest.parts import Call

_PLACES = {
    "replicationcontrollers": "controllers",
    "endpoints": "services/endpoints",
    "nodes": "minions",
    "services": "services/specs",
    "ingresses.networking.k8s.io": "ingress",
}
_WITH_GROUP = ("apiextensions.k8s.io", "apiregistration.k8s.io")


def check_uid(call: Call, wanted: str, current: Object | None) -> None:
    """Refuse (409) an object that names another uid than the stored one; an object that is not there has none."""
    found = (metadata(current).get("uid") or "") if current is not None else ""
    if not wanted or wanted == found:
        return
    why = (
        f"StorageError: invalid object, Code: 4, Key: {_place(call)}, ResourceVersion: 0, "
        f"AdditionalErrorMsg: Precondition failed: UID in precondition: {wanted}, UID in object meta: {found}"
    )
    raise StatusError(statuses.conflict(call.resource.gvr.group, call.resource.gvr.resource, call.name, why))


def _place(call: Call) -> str:
    """The key of the object in the real server's store, which its message shows."""
    namespace = [call.namespace] if call.resource.namespaced else []
    return "/".join(["/registry", _prefix(call.resource), *namespace, call.name])


def _prefix(resource: Resource) -> str:
    stored = resource.stored_as
    if resource.custom or stored.group in _WITH_GROUP:
        return f"{stored.group}/{stored.resource}"
    return _PLACES.get(resource.key, stored.resource)


def parse_version(text: str) -> int:
    """A resourceVersion in an object; raises the 500 of the real server."""
    if not text.isascii() or not text.isdigit():
        raise StatusError(Status(500, "", f'strconv.ParseUint: parsing "{text}": invalid syntax'))
    return int(text)
