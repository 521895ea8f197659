"""Names and amounts of resources, requests against limits."""

import pytest
from messages import LABEL, NEGATIVE, bad

from kubegate.registry.validation.resources import (
    check_container_resource_name,
    check_pod_resource_name,
    check_quantity,
    check_quota_resource_name,
    check_requirements,
    check_resource_name,
    is_extended,
    is_integer_resource,
    is_native,
    is_overcommit_allowed,
    is_standard,
)

NOT_STANDARD = "must be a standard resource type or fully qualified"


@pytest.mark.parametrize(
    ("name", "standard", "native", "extended", "integer", "overcommit"),
    [
        ("cpu", True, True, False, False, True),
        ("storage", True, True, False, False, True),
        ("pods", True, True, False, True, True),
        ("hugepages-2Mi", True, True, False, False, False),
        ("requests.hugepages-2Mi", True, True, False, False, True),
        ("widget", False, True, False, False, True),
        ("kubernetes.io/widget", False, True, False, False, True),
        ("example.com/widget", False, False, True, True, False),
        ("requests.example.com/widget", False, False, False, False, False),
        ("example.com/" + "w" * 64, False, False, False, False, False),
    ],
)
def test_what_a_name_stands_for(name, standard, native, extended, integer, overcommit):
    assert is_standard(name) is standard
    assert is_native(name) is native
    assert is_extended(name) is extended
    assert is_integer_resource(name) is integer
    assert is_overcommit_allowed(name) is overcommit


@pytest.mark.parametrize(
    ("check", "name", "wrong"),
    [
        (check_resource_name, "cpu", []),
        (check_resource_name, "example.com/w", []),
        (check_resource_name, "w", [NOT_STANDARD]),
        (check_container_resource_name, "memory", []),
        (check_container_resource_name, "hugepages-1Gi", []),
        (check_container_resource_name, "storage", ["must be a standard resource for containers"]),
        (check_container_resource_name, "w", [NOT_STANDARD, "must be a standard resource for containers"]),
        (check_container_resource_name, "requests.a.io/w", ["doesn't follow extended resource name standard"]),
        (check_quota_resource_name, "requests.storage", []),
        (check_quota_resource_name, "example.com/w", []),
        (check_quota_resource_name, "storage", ["must be a standard resource for quota"]),
        (check_pod_resource_name, "cpu", []),
        (check_pod_resource_name, "hugepages-2Mi", []),
    ],
)
def test_where_a_name_may_stand(check, name, wrong):
    errors = []
    check(errors, "f", name)
    assert [str(error) for error in errors] == [bad("f", name, text) for text in wrong]


def test_pods_have_few_resources_of_their_own():
    errors = []
    check_pod_resource_name(errors, "f", "ephemeral-storage")
    wrong = 'f: Unsupported value: "ephemeral-storage": supported values: "cpu", "hugepages-", "memory"'
    assert [str(error) for error in errors] == [wrong]


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("cpu", "500m", []),
        ("cpu", 0, []),
        ("pods", "3", []),
        ("cpu", "-1", [bad("f", "-1", NEGATIVE)]),
        ("pods", "1500m", [bad("f", "1500m", "must be an integer")]),
        ("example.com/w", "-500m", [bad("f", "-500m", NEGATIVE), bad("f", "-500m", "must be an integer")]),
    ],
)
def test_amounts(name, value, wrong):
    errors = []
    check_quantity(errors, "f", name, value)
    assert [str(error) for error in errors] == wrong


WIDGET = "example.com/w"
MUST = "Limit must be set for non overcommitable resources"


@pytest.mark.parametrize(
    ("requirements", "wrong"),
    [
        (None, []),
        ({}, []),
        ({"requests": {"cpu": "1"}, "limits": {"cpu": "2"}}, []),
        ({"requests": {"cpu": "1"}}, []),
        ({"requests": {WIDGET: "1"}, "limits": {WIDGET: "1"}}, []),
        ({"limits": {"cpu": "1", "hugepages-2Mi": "4Mi"}}, []),
        (
            {"requests": {"cpu": "2"}, "limits": {"cpu": "1500m"}},
            [bad("r.requests", "2", "must be less than or equal to cpu limit of 1500m")],
        ),
        ({"requests": {WIDGET: "1"}}, [f"r.limits: Required value: {MUST}"]),
        (
            {"requests": {WIDGET: "1"}, "limits": {WIDGET: "2"}},
            [bad("r.requests", "1", f"must be equal to {WIDGET} limit of 2")],
        ),
        (
            {"requests": {"cpu": "1", "hugepages-2Mi": "2Mi"}, "limits": {"hugepages-2Mi": "4Mi"}},
            [bad("r.requests", "2Mi", "must be equal to hugepages-2Mi limit of 4Mi")],
        ),
        (
            {"limits": {"cpu": "1", "hugepages-2Mi": "3Mi"}},
            [bad("r.limits[hugepages-2Mi]", "3Mi", "3Mi is not positive integer multiple of hugepages-2Mi")],
        ),
        (
            {"limits": {"cpu": "1", "hugepages-x": "3Mi"}},
            [bad("r.limits[hugepages-x]", "3Mi", "3Mi is not positive integer multiple of hugepages-x")],
        ),
        ({"limits": {"hugepages-2Mi": "2Mi"}}, ["r: Forbidden: HugePages require cpu or memory"]),
        ({"limits": {"cpu": "-1"}}, [bad("r.limits[cpu]", "-1", NEGATIVE)]),
        ({"requests": {"memory": "-1"}}, [bad("r.requests[memory]", "-1", NEGATIVE)]),
    ],
    ids=str,
)
def test_requirements(requirements, wrong):
    errors = []
    check_requirements(errors, "r", requirements)
    assert [str(error) for error in errors] == wrong


@pytest.mark.parametrize(
    ("claims", "known", "wrong"),
    [
        ([{"name": "a"}, {"name": "b"}], ["a", "b"], []),
        ([{"name": "a", "request": "x"}, {"name": "a", "request": "y"}], ["a"], []),
        ([{}], [], ["r.claims[0]: Required value"]),
        ([{"name": "a"}, {"name": "a"}], ["a"], ['r.claims[1]: Duplicate value: "a"']),
        ([{"name": "a"}, {"name": "a", "request": "x"}], ["a"], ['r.claims[1]: Duplicate value: "a"']),
        (
            [{"name": "a", "request": "x"}, {"name": "a", "request": "x"}],
            ["a"],
            ['r.claims[1]: Duplicate value: "a/x"'],
        ),
        ([{"name": "a", "request": "x"}, {"name": "a"}], ["a"], ['r.claims[1]: Duplicate value: "a"']),
        ([{"name": "a", "request": "X"}], ["a"], [bad("r.claims[0].request", "X", LABEL)]),
        (
            [{"name": "c"}],
            ["b", "a"],
            ['r.claims[0]: Not found: "c": must be one of the names in pod.spec.resourceClaims: a, b'],
        ),
        (
            [{"name": "c"}],
            [],
            ['r.claims[0]: Not found: "c": must be one of the names in pod.spec.resourceClaims which is empty'],
        ),
    ],
    ids=str,
)
def test_claims(claims, known, wrong):
    errors = []
    check_requirements(errors, "r", {"claims": claims}, set(known))
    assert [str(error) for error in errors] == wrong
