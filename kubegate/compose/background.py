"""What runs beside the requests: scheduler, hollow nodes and controllers, each in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from kubegate.api.catalog import Catalog
from kubegate.api.user import service_account_groups
from kubegate.apiserver.pipeline import Pipeline
from kubegate.compose.controllers import ControllerOptions, build_controllers
from kubegate.compose.hollow_nodes import HollowNodesThread
from kubegate.compose.internal_client import InternalClient
from kubegate.compose.role_aggregation import RoleAggregationThread
from kubegate.compose.scheduler import USER, SchedulerThread
from kubegate.compose.surroundings import Surroundings
from kubegate.config.serving import ServingOptions
from kubegate.controllers import cluster_role_aggregation
from kubegate.controllers.interface import Controller
from kubegate.store.compactor import Compactor
from kubegate.store.interface import Store


class Part(Protocol):
    """Something that runs between `start` and `stop`."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Background:
    """Parts, started in order and stopped the other way round."""

    parts: Sequence[Part]

    def start(self) -> None:
        """Start all."""
        for part in self.parts:
            part.start()

    def stop(self) -> None:
        """Stop all; the store must still be open."""
        for part in reversed(self.parts):
            part.stop()


def build_background(
    options: ServingOptions,
    pipeline: Callable[[], Pipeline],
    store: Store,
    catalog: Callable[[], Catalog],
    controllers: ControllerOptions,
    surroundings: Surroundings | None = None,
) -> Background:
    """The parts that the flags ask for; ``pipeline`` and ``catalog`` give what is in force."""
    surroundings = surroundings or Surroundings()
    client = partial(InternalClient, pipeline)
    runs = partial(_runs, options.controllers)
    manager = build_controllers(runs, store, client, catalog, controllers, surroundings.now)
    surroundings.follow(manager.hurry)
    parts: list[Part] = [manager, Compactor(store)]
    if options.scheduler:
        parts.append(SchedulerThread(store, client(USER, agent="kube-scheduler"), surroundings))
    if options.hollow_nodes > 0:
        parts.append(HollowNodesThread(options.hollow_nodes, store, client, surroundings.now))
    if controller_runs(cluster_role_aggregation.NAME, options.controllers):
        user, groups = cluster_role_aggregation.USER, service_account_groups("kube-system")
        agent = cluster_role_aggregation.NAME
        parts.append(RoleAggregationThread(store, client(user, *groups, agent=agent)))
    return Background(parts)


def _runs(wanted: Sequence[str], controller: Controller) -> bool:
    return controller_runs(controller.name, wanted, by_default=controller.by_default)


def controller_runs(name: str, wanted: Sequence[str], *, by_default: bool = True) -> bool:
    """Does ``--controllers`` ask for a controller? Its own entry (``name`` or ``-name``) counts before ``*``."""
    for entry in wanted:
        if entry in (name, f"-{name}"):
            return entry == name
    return by_default and "*" in wanted
