"""Building blocks of the admission tests: a cluster in memory, a world to build plugins in, reviews."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from kubegate.admission import catalog
from kubegate.admission.interface import Environment, Operation, Review
from kubegate.admission.memory import MemoryCluster
from kubegate.api import catalog as kinds
from kubegate.api.names import GroupVersionKind, GroupVersionResource, kind_of, name_of, namespace_of
from kubegate.api.user import User
from kubegate.authz.interface import Attributes, Decision, Verdict

ADMIN = User.of("admin", ["system:masters"])


class Grants:
    """An authorizer that allows what a set of (verb, resource, name) holds; ``*`` stands for anything."""

    def __init__(self, *grants: tuple[str, str, str]) -> None:
        self.grants = set(grants)
        self.asked: list[Attributes] = []

    def authorize(self, attributes: Attributes) -> Verdict:
        self.asked.append(attributes)
        resource = attributes.resource + (f"/{attributes.subresource}" if attributes.subresource else "")
        asked = (attributes.verb, resource, attributes.name)
        allowed = any(all(have in ("*", want) for have, want in zip(grant, asked, strict=True)) for grant in self.grants)
        return Verdict(Decision.ALLOW if allowed else Decision.NO_OPINION)


class World:
    """A cluster, an authorizer, a clock and settings; builds plugins and puts objects to them."""

    def __init__(self) -> None:
        self.cluster = MemoryCluster()
        self.authorizer = Grants()
        self.moment = datetime(2026, 1, 1, tzinfo=UTC)
        self.options: dict[str, Any] = {}
        for name in ("default", "kube-system", "ns"):
            self.add({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}, "status": {"phase": "Active"}})

    def add(self, obj: dict[str, Any]) -> dict[str, Any]:
        """Put an object into the cluster."""
        known = kinds.builtin().by_kind(kind_of(obj))
        assert known is not None, obj
        obj["metadata"].setdefault("uid", f"uid-{name_of(obj)}")
        if known.namespaced:
            obj["metadata"].setdefault("namespace", "ns")
        return self.cluster.put(known.key, obj)

    def namespace(self, name: str, *, labels: Any = None, annotations: Any = None, phase: str = "Active") -> None:
        """Add a namespace."""
        meta = {"name": name, "labels": labels or {}, "annotations": annotations or {}}
        self.add({"apiVersion": "v1", "kind": "Namespace", "metadata": meta, "status": {"phase": phase}})

    def build(self, name: str, configuration: dict[str, Any] | None = None) -> Any:
        """A plugin under its public name."""
        descriptor = catalog.descriptor(name)
        settings = None
        if configuration is not None:
            assert descriptor.model is not None
            settings = descriptor.model.model_validate(configuration)
        environment = Environment(self.cluster, self.authorizer, lambda: self.moment, self.options)
        return descriptor.build(environment, settings)


@pytest.fixture
def world() -> World:
    return World()


def make_review(
    obj: dict[str, Any] | None = None,
    *,
    old: dict[str, Any] | None = None,
    operation: Operation | None = None,
    user: User = ADMIN,
    subresource: str = "",
    resource: str = "",
    namespace: str | None = None,
    name: str | None = None,
    dry_run: bool = False,
) -> Review:
    subject = obj or old or {}
    known = kinds.builtin().by_kind(kind_of(subject))
    kind = known.kind if known else kind_of(subject)
    gvr = known.gvr if known else GroupVersionResource("", "v1", resource)
    if resource:
        gvr = GroupVersionResource("", "v1", resource)
    if operation is None:
        operation = Operation.DELETE if obj is None else Operation.CREATE if old is None else Operation.UPDATE
    default_namespace = (namespace_of(subject) or "ns") if known is None or known.namespaced or resource else ""
    return Review(
        operation,
        GroupVersionKind(*kind),
        gvr,
        user,
        default_namespace if namespace is None else namespace,
        name_of(subject) if name is None else name,
        subresource,
        obj,
        old,
        dry_run=dry_run,
    )


@pytest.fixture
def review() -> Callable[..., Review]:
    return make_review


@pytest.fixture
def pod() -> Callable[..., dict[str, Any]]:
    def make(name: str = "p", *, meta: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
        spec.setdefault("containers", [{"name": "c", "image": "img"}])
        metadata = {"name": name, "namespace": "ns", **(meta or {})}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}

    return make


@pytest.fixture
def grants() -> type[Grants]:
    return Grants
