"""Which requests are recorded, and how much of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kubegate.api.user import User
from kubegate.apiserver.audit.policy import Level, Policy, load_policy
from kubegate.authz.interface import Attributes
from kubegate.errors import ConfigurationError

ALICE = User.of("alice", ["devs", "system:authenticated"])


def get(resource: str = "pods", **more: Any) -> Attributes:
    return Attributes(**{"user": ALICE, "verb": "get", "resource": resource, "namespace": "shop", "name": "p", **more})


def path(text: str) -> Attributes:
    return Attributes(ALICE, "get", is_resource=False, path=text)


PODS = {"group": "", "resources": ["pods"]}
MATCHES = [
    ({}, get(), True),
    ({}, path("/healthz"), True),
    ({"users": ["alice"]}, get(), True),
    ({"users": ["bob"]}, get(), False),
    ({"userGroups": ["x", "devs"]}, get(), True),
    ({"userGroups": ["x"]}, get(), False),
    ({"verbs": ["get"]}, get(), True),
    ({"verbs": ["list"]}, get(), False),
    ({"verbs": ["*"]}, get(), False),
    ({"namespaces": ["shop"]}, get(), True),
    ({"namespaces": ["kube-system"]}, get(), False),
    ({"namespaces": [""]}, get(namespace=""), True),
    ({"namespaces": [""]}, path("/healthz"), False),
    ({"resources": [PODS]}, get(), True),
    ({"resources": [PODS]}, get(subresource="log"), False),
    ({"resources": [PODS]}, get(group="apps"), False),
    ({"resources": [PODS]}, path("/api/v1/pods"), False),
    ({"resources": [{"group": ""}]}, get(subresource="log"), True),
    ({"resources": [{"group": "", "resources": ["*"]}]}, get(subresource="log"), True),
    ({"resources": [{"group": "", "resources": ["pods/log"]}]}, get(subresource="log"), True),
    ({"resources": [{"group": "", "resources": ["pods/*"]}]}, get(subresource="log"), True),
    ({"resources": [{"group": "", "resources": ["pods/*"]}]}, get(), True),
    ({"resources": [{"group": "", "resources": ["*/log"]}]}, get(subresource="log"), True),
    ({"resources": [{"group": "", "resources": ["*/log"]}]}, get(), False),
    ({"resources": [{**PODS, "resourceNames": ["p"]}]}, get(), True),
    ({"resources": [{**PODS, "resourceNames": ["q"]}]}, get(), False),
    ({"nonResourceURLs": ["/healthz"]}, path("/healthz"), True),
    ({"nonResourceURLs": ["/healthz"]}, path("/healthz/ping"), False),
    ({"nonResourceURLs": ["/healthz*"]}, path("/healthz/ping"), True),
    ({"nonResourceURLs": ["*"]}, path("/x"), True),
    ({"nonResourceURLs": ["*"]}, get(), False),
]


@pytest.mark.parametrize(("rule", "asked", "matches"), MATCHES)
def test_rules(rule: dict[str, Any], asked: Attributes, matches: bool) -> None:
    policy = Policy.model_validate({"rules": [{"level": "Metadata", **rule}]})
    assert policy.decide(asked).level is (Level.METADATA if matches else Level.NONE)


def test_the_first_rule_that_matches_decides() -> None:
    rules = [{"level": "None", "users": ["bob"]}, {"level": "Request", "users": ["alice"]}, {"level": "Metadata"}]
    assert Policy.model_validate({"rules": rules}).decide(get()).level is Level.REQUEST


def test_stages_of_policy_and_rule_are_omitted_together() -> None:
    policy = Policy.model_validate(
        {"omitStages": ["RequestReceived"], "rules": [{"level": "Metadata", "omitStages": ["Panic"]}]}
    )
    assert policy.decide(get()).omitted == {"RequestReceived", "Panic"}


@pytest.mark.parametrize(("whole", "rule", "drop"), [(True, None, True), (True, False, False), (False, True, True)])
def test_managed_fields(whole: bool, rule: bool | None, drop: bool) -> None:
    entry = {"level": "Request"} | ({} if rule is None else {"omitManagedFields": rule})
    policy = Policy.model_validate({"omitManagedFields": whole, "rules": [entry]})
    assert policy.decide(get()).drop_managed_fields is drop


BAD = [
    ("rules: []", "loaded illegal policy with 0 rules"),
    ("rules: [{}]", "rules[0].level: Required value"),
    ("rules: [{level: All}]", 'rules[0].level: Unsupported value: "All"'),
    ("rules: [{level: None, nonResourceURLs: [x]}]", "must begin with a '/' character"),
    ("rules: [{level: None, nonResourceURLs: ['/a*b']}]", "must be the final character"),
    ("rules: [{level: None, nonResourceURLs: ['/a'], namespaces: [b]}]", "cannot apply to both"),
    ("rules: [{level: None, resources: [{group: a/v1}]}]", "rules[0].resources.group"),
    ("rules: [{level: None, resources: [{resourceNames: [a]}]}]", "using resourceNames requires at least one resource"),
    ("rules: [{level: None, omitStages: [Never]}]", "allowed stages are RequestReceived,ResponseStarted"),
    ("rules: [{level: None, levl: x}]", 'unknown field "rules[0].levl"'),
]


@pytest.mark.parametrize(("text", "message"), BAD)
def test_bad_files(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(f"apiVersion: audit.k8s.io/v1\nkind: Policy\n{text}\n")
    with pytest.raises(ConfigurationError) as caught:
        load_policy(str(file))
    assert message in str(caught.value)
    assert str(file) in str(caught.value)
