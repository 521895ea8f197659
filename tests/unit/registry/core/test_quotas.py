"""Resource quotas: which scopes go with which resources and with one another."""

import pytest
from support import create

WHERE = "v1/resourcequotas"
SCOPES, SELECTOR = "spec.scopes", "spec.scopeSelector.matchExpressions"


def selector(*names: str) -> dict:
    return {"scopeSelector": {"matchExpressions": [{"scopeName": name, "operator": "Exists"} for name in names]}}


@pytest.mark.parametrize("resource", ["ephemeral-storage", "requests.ephemeral-storage", "hugepages-2Mi", "secrets"])
def test_scopes_of_pods_go_with_their_number_cpu_and_memory_only(resource):
    wrong = 'spec.scopes: Invalid value: ["NotBestEffort"]: unsupported scope applied to resource'
    assert create(WHERE, {"spec": {"hard": {resource: "1"}, "scopes": ["NotBestEffort"]}})[1] == [wrong]


@pytest.mark.parametrize("resource", ["pods", "limits.cpu", "requests.memory", "example.com/gadget"])
def test_scopes_of_pods_go_with_these(resource):
    assert create(WHERE, {"spec": {"hard": {resource: "1"}, "scopes": ["NotBestEffort"]}})[1] == []


@pytest.mark.parametrize(
    ("spec", "wrong"),
    [
        (
            {"scopes": ["Terminating", "NotTerminating"]},
            'spec.scopes: Invalid value: ["Terminating","NotTerminating"]: conflicting scopes',
        ),
        (
            selector("BestEffort", "NotBestEffort"),
            "spec.scopeSelector.matchExpressions: Invalid value: null: conflicting scopes",
        ),
    ],
)
def test_scopes_that_exclude_each_other_are_told_where_they_stand(spec, wrong):
    assert create(WHERE, {"spec": {"hard": {"pods": "1"}, **spec}})[1] == [wrong]
