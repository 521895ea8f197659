"""Flow schemas: precedence, subjects, rules; those that are fixed."""

import pytest
from messages import LABEL, SUBDOMAIN, bad
from support import create, merged, update

from kubegate.registry.flowcontrol.mandatory import LEVELS, SCHEMAS

WHERE = "flowcontrol.apiserver.k8s.io/v1/flowschemas"
LEVEL_WHERE = "flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations"
USER = {"kind": "User", "user": {"name": "u"}}
RESOURCES = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "namespaces": ["a"]}
URLS = {"verbs": ["get"], "nonResourceURLs": ["/healthz"]}
GOOD = {"spec": {"priorityLevelConfiguration": {"name": "p"}}}


def with_rule(**values):
    return merged(GOOD, {"spec": {"rules": [{"subjects": [USER], "resourceRules": [RESOURCES], **values}]}})


def test_what_is_filled_in():
    obj, errors = create(WHERE, GOOD)
    assert errors == []
    assert obj["spec"]["matchingPrecedence"] == 1000
    assert obj["status"] == {}
    assert obj["metadata"]["generation"] == 1


@pytest.mark.parametrize(
    ("spec", "wrong"),
    [
        ({"matchingPrecedence": 10000, "distinguisherMethod": {"type": "ByUser"}}, []),
        ({"matchingPrecedence": -1}, ["spec.matchingPrecedence: Invalid value: -1: must be a positive value"]),
        ({"matchingPrecedence": 10001}, ["spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000"]),
        (
            {"matchingPrecedence": 1},
            ["spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1"],
        ),
        (
            {"distinguisherMethod": {"type": "X"}},
            ['spec.distinguisherMethod.type: Unsupported value: {"Type":"X"}: supported values: "ByNamespace", "ByUser"'],
        ),
        (
            {"priorityLevelConfiguration": {"name": ""}},
            ["spec.priorityLevelConfiguration.name: Required value: must reference a priority level"],
        ),
        (
            {"priorityLevelConfiguration": {"name": "P"}},
            [bad("spec.priorityLevelConfiguration.name", "P", SUBDOMAIN)],
        ),
    ],
    ids=str,
)
def test_specification(spec, wrong):
    assert create(WHERE, merged(GOOD, {"spec": spec}))[1] == wrong


R = "spec.rules[0]"


@pytest.mark.parametrize(
    ("subject", "wrong"),
    [
        (USER, []),
        ({"kind": "Group", "group": {"name": "*"}}, []),
        ({"kind": "ServiceAccount", "serviceAccount": {"name": "*", "namespace": "a"}}, []),
        (
            {"kind": "X"},
            ['.kind: Unsupported value: "X": supported values: "Group", "ServiceAccount", "User"'],
        ),
        ({"kind": "User"}, [".user: Required value: user is required when subject kind is 'User'"]),
        ({"kind": "User", "user": {"name": ""}}, [".user.name: Required value"]),
        (
            {**USER, "group": {"name": "g"}},
            [".group: Forbidden: group is forbidden when subject kind is not 'Group'"],
        ),
        (
            {**USER, "serviceAccount": {"name": "s", "namespace": "a"}},
            [".serviceAccount: Forbidden: serviceAccount is forbidden when subject kind is not 'ServiceAccount'"],
        ),
        (
            {"kind": "ServiceAccount", "serviceAccount": {}},
            [
                ".serviceAccount.name: Required value",
                ".serviceAccount.namespace: Required value: must specify namespace for service account",
            ],
        ),
        (
            {"kind": "ServiceAccount", "serviceAccount": {"name": "S", "namespace": "N"}},
            [bad(".serviceAccount.name", "S", SUBDOMAIN), bad(".serviceAccount.namespace", "N", LABEL)],
        ),
    ],
    ids=str,
)
def test_subjects(subject, wrong):
    assert create(WHERE, with_rule(subjects=[subject]))[1] == [f"{R}.subjects[0]{text}" for text in wrong]


def test_a_rule_has_subjects_and_requests():
    assert create(WHERE, with_rule(subjects=[]))[1] == [
        f"{R}.subjects: Required value: subjects must contain at least one value"
    ]
    assert create(WHERE, with_rule(resourceRules=[]))[1] == [
        f"{R}: Required value: at least one of resourceRules and nonResourceRules has to be non-empty"
    ]


VERBS = '"create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"'


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({}, []),
        ({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "namespaces": ["*"]}, []),
        ({"namespaces": [], "clusterScope": True}, []),
        ({"verbs": []}, [".verbs: Required value: verbs must contain at least one value"]),
        ({"verbs": ["*", "get"]}, ['.verbs: Invalid value: ["*","get"]: if \'*\' is present, must not specify other verbs']),
        ({"verbs": ["get", "x"]}, [f'.verbs: Unsupported value: ["get","x"]: supported values: {VERBS}']),
        ({"apiGroups": []}, [".apiGroups: Required value: resource rules must supply at least one api group"]),
        (
            {"apiGroups": ["*", "a"]},
            ['.apiGroups: Invalid value: ["*","a"]: if \'*\' is present, must not specify other api groups'],
        ),
        ({"resources": []}, [".resources: Required value: resource rules must supply at least one resource"]),
        (
            {"resources": ["a", "*"]},
            ['.resources: Invalid value: ["a","*"]: if \'*\' is present, must not specify other resources'],
        ),
        (
            {"namespaces": []},
            [
                ".namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace",
            ],
        ),
        (
            {"namespaces": ["*", "a"]},
            ['.namespaces: Invalid value: ["*","a"]: if \'*\' is present, must not specify other namespaces'],
        ),
        (
            {"namespaces": ["a", "B"]},
            [bad(".namespaces[1]", "B", f"each member of this list must be '*' or a DNS-1123 label; {LABEL}")],
        ),
    ],
    ids=str,
)
def test_resource_rules(change, wrong):
    rule = {**RESOURCES, **change}
    assert create(WHERE, with_rule(resourceRules=[rule]))[1] == [f"{R}.resourceRules[0]{text}" for text in wrong]


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("/", ""),
        ("*", ""),
        ("/apis/*", ""),
        ("", "must not be empty"),
        ("apis", "must start with slash"),
        ("/a b", "must not contain white-space"),
        ("/a//b", "must not contain double slash"),
        ("/a*", "wildcard can only do suffix matching"),
        ("/*/a", "wildcard can only do suffix matching"),
        ("/*/*", "wildcard can only do suffix matching"),
    ],
)
def test_urls(url, wrong):
    rule = {**URLS, "nonResourceURLs": [url]}
    errors = create(WHERE, with_rule(resourceRules=[], nonResourceRules=[rule]))[1]
    assert errors == ([bad(f"{R}.nonResourceRules[0].nonResourceURLs[0]", url, wrong)] if wrong else [])


@pytest.mark.parametrize(
    ("urls", "wrong"),
    [
        ([], "Required value: nonResourceURLs must contain at least one value"),
        (["*", "/a"], 'Invalid value: ["*","/a"]: if \'*\' is present, must not specify other non-resource URLs'),
    ],
    ids=str,
)
def test_lists_of_urls(urls, wrong):
    rule = {**URLS, "nonResourceURLs": urls}
    errors = create(WHERE, with_rule(resourceRules=[], nonResourceRules=[rule]))[1]
    assert errors == [f"{R}.nonResourceRules[0].nonResourceURLs: {wrong}"]


@pytest.mark.parametrize(("where", "name"), [(WHERE, n) for n in SCHEMAS] + [(LEVEL_WHERE, n) for n in LEVELS])
def test_fixed_objects(where, name):
    spec = (SCHEMAS if where == WHERE else LEVELS)[name]
    old, errors = create(where, {"metadata": {"name": name}, "spec": spec})
    assert errors == []
    change = {"matchingPrecedence": 9999} if where == WHERE else {"type": "Limited", "limited": {"lendablePercent": 1}}
    errors = update(where, old, {"spec": change})[1]
    assert any(f"spec of '{name}'" in error and error.endswith("must equal the fixed value") for error in errors), errors


@pytest.mark.parametrize("where", [WHERE, LEVEL_WHERE])
def test_conditions(where):
    body = GOOD if where == WHERE else {"spec": {"type": "Limited", "limited": {"limitResponse": {"type": "Reject"}}}}
    old, errors = create(where, {**body, "status": {"conditions": [{"type": "A"}]}})
    assert errors == []
    assert old["status"] == {}
    twice = {"status": {"conditions": [{"type": "A"}, {"type": "A"}, {}]}}
    assert update(where, old, twice, "status")[1] == [
        'status.conditions[1].type: Duplicate value: "A"',
        "status.conditions[2].type: Required value: must not be empty",
    ]
