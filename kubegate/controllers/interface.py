"""The contracts of controllers.

A controller is told keys, never what happened to them: it looks at what there is and does the next step towards what
should be (level based). Every write goes through the API as the controller's own user. Source: kube-controller-manager.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from kubegate.api.catalog import Catalog, Resource
from kubegate.api.names import Object, name_of, namespace_of
from kubegate.store.interface import Event, Key, Store


class Work(NamedTuple):
    """What a reconciler is asked to look at: usually an object's namespace and name."""

    namespace: str
    name: str


class Client(Protocol):
    """Requests to the API as one user."""

    def get(self, path: str) -> Object | None:
        """An object, or None if it is not there."""
        ...

    def create(self, path: str, obj: Object) -> Object:
        """POST; raises `StatusError`."""
        ...

    def update(self, path: str, obj: Object) -> Object:
        """PUT; raises `StatusError`."""
        ...

    def patch(self, path: str, patch: Any, media_type: str = ...) -> Object:
        """PATCH; raises `StatusError`."""
        ...

    def delete(self, path: str, *, uid: str = "", grace: int | None = None) -> None:
        """DELETE; what is gone is no error."""
        ...

    def request(self, method: str, path: str, body: Any = None, *, media_type: str = "application/json") -> Object:
        """Any request; raises `StatusError`."""
        ...


class Reconciler(Protocol):
    """Brings one thing closer to what it should be."""

    def reconcile(self, work: Work) -> float | None:
        """One step; a number asks to be called again after that many seconds. A `StatusError` means: again, later."""
        ...


def own_key(event: Event) -> Iterable[Work]:
    """The object itself."""
    return (Work(event.stored.key.namespace, event.stored.key.name),)


def its_namespace(event: Event) -> Iterable[Work]:
    """The namespace that the object is in."""
    return (Work("", event.stored.key.namespace),)


def its_owner(kind: str) -> Callable[[Event], Iterable[Work]]:
    """The controller (of this kind) of the object, before and after the change."""

    def keys(event: Event) -> Iterable[Work]:
        for stored in (event.stored, event.previous):
            owner = controller_of(stored.object) if stored else None
            if owner and owner.get("kind") == kind:
                yield Work(event.stored.key.namespace, owner["name"])

    return keys


def controller_of(obj: Object) -> Object | None:
    """The owner reference that controls an object."""
    owners = (obj.get("metadata") or {}).get("ownerReferences") or ()
    return next((owner for owner in owners if owner.get("controller")), None)


@dataclass(frozen=True, slots=True)
class Source:
    """Events of a resource ("" = all) and what work they make."""

    resource: str
    keys: Callable[[Event], Iterable[Work]] = own_key


@dataclass(frozen=True, slots=True)
class Context:
    """What a controller is built with. ``catalog`` answers the resources that are served now."""

    store: Store
    client: Client
    catalog: Callable[[], Catalog]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    options: Any = None

    def list(self, resource: str, namespace: str = "") -> Sequence[Object]:
        """Stored objects of a resource; they must not be changed."""
        return [stored.object for stored in self.store.list(resource, namespace).items]

    def get(self, resource: str, namespace: str, name: str) -> Object | None:
        """A stored object; it must not be changed."""
        stored = self.store.get(Key(resource, namespace, name))
        return stored.object if stored else None

    def timestamp(self) -> str:
        """Now, as objects carry it."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Controller:
    """A controller's descriptor: ``name`` as --controllers has it, its service account, what wakes it, how it is built.

    ``account`` "" means the API server itself: such a controller cannot be switched off. ``agent`` is the field manager."""

    name: str
    account: str
    sources: tuple[Source, ...]
    build: Callable[[Context], Reconciler]
    resync: float = 0.0
    """Every so many seconds all objects of the first source are looked at again (0: never)."""
    agent: str = "kube-controller-manager"
    user: str = ""
    """The name of a user that is no service account, for those that act as one."""
    by_default: bool = True
    """Whether ``--controllers=*`` means it too."""


def path_of(resource: Resource, namespace: str, name: str = "", subresource: str = "") -> str:
    """The URL path of an object (or, without a name, of the collection)."""
    gvr = resource.gvr
    path = f"/apis/{gvr.group}/{gvr.version}" if gvr.group else f"/api/{gvr.version}"
    if namespace:
        path += f"/namespaces/{namespace}"
    return "/".join(part for part in (path, gvr.resource, name, subresource) if part)


def work_of(obj: Object) -> Work:
    """The key of an object."""
    return Work(namespace_of(obj), name_of(obj))
