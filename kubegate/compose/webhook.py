"""The decision endpoint: policies of files or of a cluster, kept up to date, behind the handlers of `kubegate.webhook`."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from kubegate.authz.access.index import AccessPolicyIndex
from kubegate.authz.configuration.conditions import compile_condition
from kubegate.authz.interface import Authorizer
from kubegate.bundle.signature import Signature, signature
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
from kubegate.webhook.decision_log import DecisionLog
from kubegate.webhook.guard import Callers, Guarded
from kubegate.webhook.health import Alive, Ready, WhenSynced
from kubegate.webhook.image_review import ImageReviewHandler
from kubegate.webhook.interface import Handler
from kubegate.webhook.metrics import Metrics
from kubegate.webhook.policy import InForce, PolicyHolder, Watcher
from kubegate.webhook.wsgi import Application


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
    policies = PolicyHolder(lambda: of_cluster(options, live) if live else from_files(options))
    shadow = _shadow(options) if own.shadow_filename else None
    metrics.generation.set(1)
    if follow:
        _watch(options, [holder for holder in (policies, shadow) if holder is not None], metrics)
        if live is not None:
            live.start()
    routes = _asked(options, policies, shadow, metrics)
    callers = Callers(_tokens(own.allowed_token_file))
    slots = threading.Semaphore(own.max_in_flight)
    if live is not None:
        routes = {path: WhenSynced(handler, live) for path, handler in routes.items()}
    guarded = {path: Guarded(handler, callers, slots, metrics) for path, handler in routes.items()}
    return Application(
        {**guarded, "/healthz": Alive(), "/livez": Alive(), "/readyz": Ready(policies, live), "/metrics": metrics}
    )


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


def _shadow(options: EndpointOptions) -> PolicyHolder[Authorizer]:
    return PolicyHolder(lambda: engine_of(options, options.webhook.shadow_filename).chain)


def _watch(options: EndpointOptions, holders: Sequence[PolicyHolder[Any]], metrics: Metrics) -> None:
    """Load anew what is made from files when they change."""
    own = options.webhook

    def look() -> Signature:
        return signature([*own.filename, *own.shadow_filename, *policy_files(options.authz)])

    def changed() -> None:
        for holder in holders:
            metrics.reloads.labels("success" if holder.reload() else "failure").inc()
        metrics.generation.set(holders[0].current.generation)

    Watcher(look, changed, own.reload_interval).start()


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
