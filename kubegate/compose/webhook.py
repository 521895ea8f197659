"""The decision endpoint: policies of files or of a cluster, kept up to date, behind the handlers of `kubegate.webhook`."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, TypeVar

from kubegate.authz.access.index import AccessPolicyIndex
from kubegate.authz.configuration.conditions import compile_condition
from kubegate.authz.interface import Authorizer
from kubegate.bundle.signature import signature
from kubegate.compose.authn import build_authn
from kubegate.compose.authz import decides_by_access_policies, policy_files
from kubegate.compose.endpoint_options import EndpointOptions
from kubegate.compose.feed.process import CLUSTER_TIMEOUT, feed_client
from kubegate.compose.live import LiveCluster
from kubegate.compose.webhook_policies import CurrentObjects, Policies, engine_of, from_files, of_cluster
from kubegate.config.webhook import WebhookOptions
from kubegate.errors import ConfigurationError
from kubegate.outbound.client import Client
from kubegate.outbound.kubeconfig import load_kubeconfig
from kubegate.webhook.admission import AdmissionHandler
from kubegate.webhook.authenticate import AuthenticateHandler
from kubegate.webhook.authorize import AuthorizeHandler
from kubegate.webhook.batch import BatchHandler
from kubegate.webhook.decide import Decider, Telling
from kubegate.webhook.decision_log import MASKABLE, DecisionLog
from kubegate.webhook.guard import Callers, Guarded
from kubegate.webhook.health import Alive, Ready, WhenSynced
from kubegate.webhook.image_review import ImageReviewHandler
from kubegate.webhook.interface import Handler
from kubegate.webhook.metrics import Metrics
from kubegate.webhook.policy import InForce, PolicyHolder, Watcher
from kubegate.webhook.wsgi import Application

Content = TypeVar("Content")


def build_endpoint(
    options: EndpointOptions, *, multiprocess_dir: str = "", follow: bool = True, feed: str = ""
) -> Application:
    """The endpoint with its policies loaded, and kept up to date if ``follow``; raises `KubegateError` if it cannot be.

    ``feed``: the socket of the process that follows the cluster for all workers."""
    own = options.webhook
    if own.kubeconfig and own.filename:
        raise ConfigurationError("--kubeconfig and --filename exclude each other", hint="--shadow-filename goes with both")
    metrics = Metrics(multiprocess_dir)
    live = _live(options, metrics, feed) if own.kubeconfig else None
    kept = _Kept(own.reload_interval if follow else 0.0, metrics)
    chain_files = partial(policy_files, options.authz)
    policies = kept.of(
        "policies",
        lambda: of_cluster(options, live) if live else from_files(options),
        lambda: [*own.filename, *chain_files()],
    )
    shadow = _shadow(options, kept, chain_files) if own.shadow_filename else None
    callers = kept.of("allowed tokens", lambda: Callers(_tokens(own.allowed_token_file)), lambda: [own.allowed_token_file])
    if follow and live is not None:
        live.start()
    routes = _asked(options, policies, shadow, metrics)
    slots = threading.Semaphore(own.max_in_flight)
    if live is not None:
        routes = {path: WhenSynced(handler, live) for path, handler in routes.items()}
    guarded = {path: Guarded(handler, callers, slots, metrics) for path, handler in routes.items()}
    ready = Ready(policies, live, [holder for holder in (shadow, callers) if holder is not None])
    return Application({**guarded, "/healthz": Alive(), "/livez": Alive(), "/readyz": ready, "/metrics": metrics})


@dataclass(frozen=True, slots=True)
class _Kept:
    """Makes holders of what files say, that look for changes every ``interval`` seconds (0: never)."""

    interval: float
    metrics: Metrics

    def of(self, what: str, load: Callable[[], Content], files: Callable[[], Sequence[str]]) -> PolicyHolder[Content]:
        # The watcher is first: what changes while it is loaded is a change.
        watcher = Watcher(lambda: signature(files()), lambda: self._reload(holder), self.interval)
        holder = PolicyHolder(load, what=what)
        self.metrics.tell_load(holder)
        if self.interval:
            watcher.start()
        return holder

    def _reload(self, holder: PolicyHolder[Any]) -> bool:
        good = holder.reload()
        self.metrics.tell_load(holder)
        return good


def _asked(
    options: EndpointOptions, policies: PolicyHolder[Policies], shadow: PolicyHolder[Authorizer] | None, metrics: Metrics
) -> dict[str, Handler]:
    """Who answers the questions, by path."""
    own = options.webhook
    authorizer: InForce[Authorizer] = policies.part(lambda content: content.authorizer)
    chain = policies.part(lambda content: content.chain)
    telling = Telling(own.deny_is_final, own.denial_reasons)
    decider = Decider(authorizer, metrics, telling=telling, shadow=shadow, log=_decision_log(own))
    tokens = build_authn(options.authn, objects=CurrentObjects(policies)).tokens
    return {
        "/authorize": AuthorizeHandler(decider),
        "/authorize/batch": BatchHandler(decider),
        "/authenticate": AuthenticateHandler(tokens),
        "/mutate": AdmissionHandler(chain, mutating=True),
        "/validate": AdmissionHandler(chain, mutating=False),
        "/image-review": ImageReviewHandler(chain),
    }


def _live(options: EndpointOptions, metrics: Metrics, feed: str) -> LiveCluster:
    client = Client(load_kubeconfig(options.webhook.kubeconfig), timeout=CLUSTER_TIMEOUT, connections=64)
    access = AccessPolicyIndex(compile_condition) if decides_by_access_policies(options.authz) else None
    return LiveCluster(client, metrics, feed_client(feed) if feed else None, access)


def _shadow(options: EndpointOptions, kept: _Kept, chain_files: Callable[[], Sequence[str]]) -> PolicyHolder[Authorizer]:
    names = options.webhook.shadow_filename
    return kept.of("shadow policies", lambda: engine_of(options, names).chain, lambda: [*names, *chain_files()])


def _tokens(path: str) -> list[str]:
    if not path:
        return []
    try:
        tokens = [line.strip() for line in Path(path).read_text(encoding="utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise ConfigurationError(f"--allowed-token-file {path}: {(error.strerror or 'unreadable').lower()}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"--allowed-token-file {path} is no text in UTF-8") from error
    if not tokens:
        raise ConfigurationError(f"--allowed-token-file {path} holds no token", hint="write one token a line")
    return tokens


def _decision_log(options: WebhookOptions) -> DecisionLog | None:
    unknown = sorted({*options.decision_log_mask} - MASKABLE)
    if unknown:
        hint = f"there are {', '.join(sorted(MASKABLE))}"
        raise ConfigurationError(f"--decision-log-mask: no such field: {', '.join(unknown)}", hint=hint)
    if not options.decision_log_path:
        return None
    file: IO[bytes]
    if options.decision_log_path == "-":
        file = sys.stdout.buffer
    else:
        try:
            descriptor = os.open(options.decision_log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            why = (error.strerror or "cannot be written").lower()
            raise ConfigurationError(f"--decision-log-path {options.decision_log_path}: {why}") from error
        file = os.fdopen(descriptor, "ab", buffering=0)
    return DecisionLog(file, masked=frozenset(options.decision_log_mask))
