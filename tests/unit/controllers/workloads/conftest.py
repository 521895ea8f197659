"""Controllers over an application in this process, driven step by step instead of by threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from kubegate.api.catalog import Catalog
from kubegate.api.names import Object
from kubegate.api.user import MASTERS, service_account_groups
from kubegate.compose.application import Application, build_application
from kubegate.compose.internal_client import InternalClient
from kubegate.compose.options import Options
from kubegate.config.admission import AdmissionOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.serving import ServingOptions
from kubegate.config.storage import StorageOptions
from kubegate.controllers.catalog import CONTROLLERS
from kubegate.controllers.interface import Context, Controller, Reconciler
from kubegate.store.interface import Event, EventType

_ROUNDS = 30
_NAMES = count()


@pytest.fixture(scope="session")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """One for all tests: each uses a namespace of its own. RBAC decides on what the controllers do."""
    folder: Path = tmp_path_factory.mktemp("controllers")
    options = Options(
        ServingOptions(),
        StorageOptions(storage="memory", data_dir=str(folder)),
        AuthnOptions(),
        AuthzOptions(authorization_mode=["RBAC"]),
        AdmissionOptions(disable_admission_plugins=["ServiceAccount"]),
    )
    made = build_application(options)
    yield made
    made.close()


@dataclass
class World:
    """A namespace, the administrator in it, a clock, and controllers that act when told to."""

    application: Application
    admin: InternalClient
    namespace: str
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    again: float | None = None
    """When the controller that ran last wants to look again."""

    options: Any = None
    """Settings of controllers, for those that have some."""

    def path(self, resource: str, name: str = "", subresource: str = "") -> str:
        """``jobs.batch`` -> ``/apis/batch/v1/namespaces/NS/jobs``."""
        plural, _, group = resource.partition(".")
        base = f"/apis/{group}/v1" if group else "/api/v1"
        parts = (f"{base}/namespaces/{self.namespace}", plural, name, subresource)
        return "/".join(part for part in parts if part)

    def create(self, resource: str, name: str, spec: Object, kind: str, **rest: object) -> Object:
        """Create an object as administrator."""
        return self.admin.create(self.path(resource), {"kind": kind, "metadata": {"name": name}, "spec": spec, **rest})

    def get(self, resource: str, name: str) -> Object:
        """An object, which must be there."""
        found = self.admin.get(self.path(resource, name))
        assert found is not None
        return found

    def list(self, resource: str) -> list[Object]:
        """All objects of the namespace, sorted by name."""
        return list(self.admin.request("GET", self.path(resource))["items"])

    def status(self, resource: str, name: str) -> Object:
        """An object's status."""
        return self.get(resource, name).get("status") or {}

    def mark(self, pod: str, phase: str, *, ready: bool = False, **status: object) -> None:
        """Say what a pod does, as its kubelet would."""
        moment = self.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        conditions = [{"type": "Ready", "status": "True" if ready else "False", "lastTransitionTime": moment}]
        patch = {"status": {"phase": phase, "conditions": conditions, **status}}
        self.admin.patch(self.path("pods", pod, "status"), patch)

    def events(self, about: str) -> list[tuple[str, str]]:
        """Reason and message of the events of an object."""
        events = [e for e in self.list("events") if e["involvedObject"]["name"] == about]
        return [(e["reason"], e["message"]) for e in events]

    def settle(self, *names: str) -> None:
        """Let controllers (by name) work until nothing changes any more."""
        controllers = [controller for controller in CONTROLLERS if controller.name in names]
        assert len(controllers) == len(names)
        reconcilers = [(c, self._build(c)) for c in controllers]
        for _ in range(_ROUNDS):
            before = self._revisions()
            for controller, reconciler in reconcilers:
                self._run(controller, reconciler)
            if self._revisions() == before:
                return
        raise AssertionError("the controllers do not come to rest")

    def _revisions(self) -> dict[object, int]:
        """The state of everything but events, which count up for ever."""
        store = self.application.store
        resources = [resource for resource in store.resources() if resource != "events"]
        return {stored.key: stored.revision for resource in resources for stored in store.list(resource).items}

    def _build(self, controller: Controller) -> Reconciler:
        user = f"system:serviceaccount:kube-system:{controller.account}"
        groups = service_account_groups("kube-system")
        client = InternalClient(lambda: self.application.pipeline, user, *groups, agent=controller.agent)
        return controller.build(Context(self.application.store, client, self._catalog, lambda: self.now, self.options))

    def _catalog(self) -> Catalog:
        return self.application.parts.catalog()

    def _run(self, controller: Controller, reconciler: Reconciler) -> None:
        work = {
            key: None
            for source in controller.sources
            for stored in self.application.store.list(source.resource).items
            if stored.key.namespace in ("", self.namespace)
            for key in source.keys(Event(EventType.ADDED, stored))
        }
        for key in work:
            self.again = reconciler.reconcile(key)

    def later(self, **time: float) -> None:
        """Move the clock."""
        self.now += timedelta(**time)


@pytest.fixture
def world(application: Application) -> World:
    """A fresh namespace."""
    admin = InternalClient(lambda: application.pipeline, "admin", MASTERS)
    name = f"ns-{next(_NAMES)}"
    admin.create("/api/v1/namespaces", {"metadata": {"name": name}})
    return World(application, admin, name)


@pytest.fixture
def template() -> Callable[..., Object]:
    """Makes pod templates."""
    return partial(_template)


def _template(labels: dict[str, str] | None = None, **spec: object) -> Object:
    container = {"name": "c", "image": "i"}
    return {"metadata": {"labels": labels or {"app": "a"}}, "spec": {"containers": [container], **spec}}
