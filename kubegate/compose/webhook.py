"""The decision endpoint: policies from files, reloaded when they change, behind the handlers of `kubegate.webhook`."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TypeAlias

from kubegate.admission.chain import AdmissionChain
from kubegate.admission.interface import Environment
from kubegate.admission.memory import MemoryCluster
from kubegate.api.catalog import builtin
from kubegate.api.names import Object, kind_of
from kubegate.authz.interface import Authorizer
from kubegate.compose.admission import build_admission
from kubegate.compose.authn import build_authn
from kubegate.compose.dry_run import DryRunOptions, Engine, build_engine
from kubegate.compose.endpoint_options import EndpointOptions
from kubegate.compose.versions import Versions
from kubegate.config.webhook import WebhookOptions
from kubegate.errors import ConfigurationError
from kubegate.registry.catalog import build_registry
from kubegate.webhook.admission import AdmissionHandler
from kubegate.webhook.authenticate import AuthenticateHandler
from kubegate.webhook.authorize import AuthorizeHandler
from kubegate.webhook.batch import BatchHandler
from kubegate.webhook.decide import Decider, Telling
from kubegate.webhook.decision_log import DecisionLog
from kubegate.webhook.guard import Callers, Guarded
from kubegate.webhook.health import Alive, Ready
from kubegate.webhook.image_review import ImageReviewHandler
from kubegate.webhook.interface import Handler
from kubegate.webhook.metrics import Metrics
from kubegate.webhook.policy import PolicyHolder, Watcher
from kubegate.webhook.wsgi import Application

_Holder: TypeAlias = PolicyHolder[Authorizer] | PolicyHolder[AdmissionChain]


def build_endpoint(options: EndpointOptions, *, multiprocess_dir: str = "") -> Application:
    """The endpoint with its policies loaded and watched; raises `KubegateError` if they cannot be."""
    own = options.webhook
    metrics = Metrics(multiprocess_dir)
    policies = _Policies(options, own.filename)
    shadow = _Policies(options, own.shadow_filename).authorizers if own.shadow_filename else None
    holders: list[_Holder] = [policies.authorizers, policies.chains, *([shadow] if shadow else [])]
    _watch(
        [*own.filename, *own.shadow_filename, options.authz.authorization_policy_file], holders, metrics, own.reload_interval
    )
    decider = Decider(
        policies.authorizers,
        metrics,
        telling=Telling(own.deny_is_final, own.denial_reasons),
        shadow=shadow,
        log=_decision_log(own),
    )
    callers = Callers(_tokens(own.allowed_token_file))
    slots = threading.Semaphore(own.max_in_flight)
    tokens = build_authn(options.authn, objects=policies.cluster).tokens
    asked: dict[str, Handler] = {
        "/authorize": AuthorizeHandler(decider),
        "/authorize/batch": BatchHandler(decider),
        "/authenticate": AuthenticateHandler(tokens),
        "/mutate": AdmissionHandler(policies.chains, mutating=True),
        "/validate": AdmissionHandler(policies.chains, mutating=False),
        "/image-review": ImageReviewHandler(policies.chains),
    }
    routes: dict[str, Handler] = {path: Guarded(handler, callers, slots, metrics) for path, handler in asked.items()}
    ready = Ready(policies.authorizers)
    return Application({**routes, "/healthz": Alive(), "/livez": Alive(), "/readyz": ready, "/metrics": metrics})


class _Policies:
    """The parts of one policy set, each behind a holder of its own, made from the same files."""

    def __init__(self, options: EndpointOptions, filenames: Iterable[str]) -> None:
        self._options = options
        self._filenames = tuple(filenames)
        engine = self._engine()
        self.cluster = cluster_of(engine.state)
        first: list[Engine] = [engine]
        self.authorizers: PolicyHolder[Authorizer] = PolicyHolder(lambda: (first.pop() if first else self._engine()).chain)
        self.chains: PolicyHolder[AdmissionChain] = PolicyHolder(self._chain)

    def _engine(self) -> Engine:
        authz = self._options.authz
        return build_engine(
            DryRunOptions(
                filenames=self._filenames,
                authorization_mode=tuple(authz.authorization_mode),
                authorization_policy_file=authz.authorization_policy_file,
                authorization_config=authz.authorization_config,
                authorization_webhook_config_file=authz.authorization_webhook_config_file,
            )
        )

    def _chain(self) -> AdmissionChain:
        engine = self._engine()
        registry = build_registry()
        versions = Versions(builtin, lambda _: registry)
        environment = Environment(
            cluster_of(engine.state),
            engine.chain,
            lambda: datetime.now(UTC),
            convert=versions.convert,
            default=versions.default,
        )
        return build_admission(self._options.admission, environment)


def cluster_of(objects: Iterable[Object]) -> MemoryCluster:
    """The objects of built-in kinds, for admission plugins and authenticators to read."""
    cluster, kinds = MemoryCluster(), builtin()
    for obj in objects:
        resource = kinds.by_kind(kind_of(obj))
        if resource is not None:
            cluster.put(resource.key, obj)
    return cluster


def _watch(
    paths: list[str],
    holders: Sequence[_Holder],
    metrics: Metrics,
    seconds: float,
) -> None:
    def changed() -> None:
        for holder in holders:
            metrics.reloads.labels("success" if holder.reload() else "failure").inc()
        metrics.generation.set(holders[0].current.generation)

    metrics.generation.set(1)
    Watcher(lambda: signature(paths), changed, seconds).start()


def signature(paths: Iterable[str]) -> tuple[tuple[str, int, int], ...]:
    """Which files there are, and the time and size of each: another value means that something changed."""
    found = []
    for path in paths:
        place = Path(path) if path else None
        for file in [] if place is None else sorted(place.rglob("*")) if place.is_dir() else [place]:
            try:
                state = file.stat()
            except OSError:
                continue  # gone between listing and looking: the next look sees it
            found.append((str(file), state.st_mtime_ns, state.st_size))
    return tuple(found)


def _tokens(path: str) -> list[str]:
    if not path:
        return []
    try:
        tokens = [line.strip() for line in Path(path).read_text(encoding="utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise ConfigurationError(f"--allowed-token-file {path}: {(error.strerror or 'unreadable').lower()}") from error
    if not tokens:
        raise ConfigurationError(f"--allowed-token-file {path} holds no token", hint="write one token a line")
    return tokens


def _decision_log(options: WebhookOptions) -> DecisionLog | None:
    if not options.decision_log_path:
        return None
    file: IO[bytes]
    if options.decision_log_path == "-":
        file = sys.stdout.buffer
    else:
        descriptor = os.open(options.decision_log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        file = os.fdopen(descriptor, "ab")
    return DecisionLog(file, masked=frozenset(options.decision_log_mask))
