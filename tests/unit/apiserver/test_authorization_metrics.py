"""What a server tells of authorization: decisions, round-trips of webhooks, match conditions, reloads."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from prometheus_client import CollectorRegistry

from kubegate.api.user import User
from kubegate.apiserver.authorization_metrics import AuthorizationMetrics, server_id
from kubegate.authz.interface import NO_OPINION, Attributes, Authorizer, Decision, Verdict
from kubegate.authz.observer import ObservedChain
from kubegate.compose.authz import build_authz
from kubegate.config.authz import AuthzOptions

PREFIX = "apiserver_authorization_"


class World:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.metrics = AuthorizationMetrics(self.registry)

    def value(self, metric: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(PREFIX + metric, labels)


class Fixed:
    def __init__(self, decision: Decision) -> None:
        self.decision = decision

    def authorize(self, attributes: Attributes) -> Verdict:
        return NO_OPINION if self.decision is Decision.NO_OPINION else Verdict(self.decision)


def test_only_opinions_of_named_authorizers_count() -> None:
    world, nobody, allows = World(), Fixed(Decision.NO_OPINION), Fixed(Decision.ALLOW)
    request = Attributes(User("alice"), "get", resource="pods")
    for decision in (Decision.ALLOW, Decision.DENY):
        chain = ObservedChain(nobody, [("Node", "node", nobody), ("Webhook", "a", Fixed(decision))], world.metrics)
        assert chain.authorize(request).decision is decision
    ObservedChain(allows, [("RBAC", "rbac", Fixed(Decision.DENY))], world.metrics).authorize(request)
    assert world.value("decisions_total", type="Webhook", name="a", decision="allowed") == 1
    assert world.value("decisions_total", type="Webhook", name="a", decision="denied") == 1
    assert world.value("decisions_total", type="Node", name="node", decision="allowed") is None
    assert world.value("decisions_total", type="RBAC", name="rbac", decision="denied") is None


CONFIG = """apiVersion: apiserver.config.k8s.io/v1
kind: AuthorizationConfiguration
authorizers:
- type: Webhook
  name: hook
  webhook:
    timeout: 10s
    subjectAccessReviewVersion: v1
    failurePolicy: {policy}
    connectionInfo: {{type: KubeConfigFile, kubeConfigFile: {file}}}
    matchConditionSubjectAccessReviewVersion: v1
    matchConditions:
    - expression: request.user != 'excluded'
    - expression: request.user != 'broken' || request.extra['none'] == []
    - expression: request.user != 'broken' || request.extra['nothing'] == []
"""
KUBECONFIG = """apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "http://127.0.0.1:1/"}}]
contexts: [{name: c, context: {cluster: c}}]
current-context: c
"""


def chain(folder: Path, world: World, policy: str) -> Authorizer:
    (folder / "hook.kubeconfig").write_text(KUBECONFIG)
    (folder / "config.yaml").write_text(CONFIG.format(policy=policy, file=folder / "hook.kubeconfig"))
    return build_authz(AuthzOptions(authorization_config=str(folder / "config.yaml")), {}, observer=world.metrics)


def test_webhooks(tmp_path: Path) -> None:
    world = World()
    open_, closed = chain(tmp_path, world, "NoOpinion"), chain(tmp_path, world, "Deny")
    for user in ("alice", "excluded", "broken"):
        open_.authorize(Attributes(User(user), "get", resource="pods"))
    assert world.value("webhook_evaluations_total", name="hook", result="error") == 1  # nobody listens there
    assert world.value("webhook_duration_seconds_count", name="hook", result="error") == 1
    assert world.value("webhook_evaluations_fail_open_total", name="hook", result="error") == 1
    assert world.value("match_condition_exclusions_total", type="Webhook", name="hook") == 1
    assert world.value("match_condition_evaluation_errors_total", type="Webhook", name="hook") == 1
    assert world.value("match_condition_evaluation_seconds_count", type="Webhook", name="hook") == 3
    assert closed.authorize(Attributes(User("alice"), "get", resource="pods")).decision is Decision.DENY
    assert world.value("webhook_evaluations_fail_open_total", name="hook", result="error") == 1
    assert world.value("decisions_total", type="Webhook", name="hook", decision="denied") == 1


def test_reloads() -> None:
    world = World()
    server = f"sha256:{hashlib.sha256(server_id().encode()).hexdigest()}"
    for success in (True, False, False):
        world.metrics.reloaded(success=success)
    reloads = "config_controller_automatic_reloads_total"
    assert world.value(reloads, status="success", apiserver_id_hash=server) == 1
    assert world.value(reloads, status="failure", apiserver_id_hash=server) == 2
    last = "config_controller_automatic_reload_last_timestamp_seconds"
    assert (world.value(last, status="failure", apiserver_id_hash=server) or 0) > 0


def test_the_configuration_in_force_is_told_by_its_hash() -> None:
    world = World()
    for content in (b"first", b"second"):
        world.metrics.configured(content)
    metrics = [
        sample for family in world.registry.collect() for sample in family.samples if "last_config_info" in sample.name
    ]
    assert [(sample.labels["hash"], sample.value) for sample in metrics] == [
        (f"sha256:{hashlib.sha256(b'second').hexdigest()}", 1)
    ]


def test_the_name_of_a_server_is_that_of_its_host() -> None:
    assert re.fullmatch("apiserver-[a-z2-7]{26}", server_id()) and server_id() == server_id()


def test_an_error_of_a_webhook_is_still_told(tmp_path: Path) -> None:
    verdict = chain(tmp_path, World(), "NoOpinion").authorize(Attributes(User("alice"), "get", resource="pods"))
    assert verdict.decision is Decision.NO_OPINION and "connection refused" in verdict.errors[0]
