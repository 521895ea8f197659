"""Admission policies and their bindings: what may be written, and by whom."""

import pytest
from messages import bad
from support import create, merged, update

from kubegate.admission.memory import MemoryCluster
from kubegate.api.user import User
from kubegate.authz.interface import Decision, Verdict

GROUP = "admissionregistration.k8s.io/v1"
POLICIES, MUTATING = f"{GROUP}/validatingadmissionpolicies", f"{GROUP}/mutatingadmissionpolicies"
BINDINGS = f"{GROUP}/validatingadmissionpolicybindings"
RULE = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
GOOD = {"spec": {"matchConstraints": {"resourceRules": [RULE]}, "validations": [{"expression": "true"}]}}
PATCH = {"patchType": "JSONPatch", "jsonPatch": {"expression": "[JSONPatch{op: 'remove', path: '/a'}]"}}
MUTATES = {"spec": {"matchConstraints": {"resourceRules": [RULE]}, "mutations": [PATCH]}}
BINDING = {"spec": {"policyName": "p", "validationActions": ["Deny"]}}
CONFIG_MAPS = {"paramKind": {"apiVersion": "v1", "kind": "ConfigMap"}}


def rules(*items):
    return {"spec": {"matchConstraints": {"resourceRules": [{**RULE, **item} for item in items]}}}


def faults(where, base, change, **values):
    return create(where, merged(base, change), **values)[1]


class May:
    """Answers every question with one decision, and remembers them."""

    def __init__(self, decision):
        self.decision = decision
        self.asked = []

    def authorize(self, attributes):
        self.asked.append(attributes)
        return Verdict(self.decision)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (
            rules({"resourceNames": ["a/b", ".."]}),
            [
                bad("spec.matchConstraints.resourceRules[0].resourceNames[0]", "a/b", "may not contain '/'"),
                bad("spec.matchConstraints.resourceRules[0].resourceNames[1]", "..", "may not be '..'"),
            ],
        ),
        (rules({"resources": ["pods", "*"]}), []),  # as the server does; the other order is refused
        (
            {"spec": {"paramKind": {"apiVersion": "g/", "kind": "K"}}},
            [bad("spec.paramKind.apiVersion", "g/", "version must be specified")],
        ),
        (
            {"spec": {"validations": [{"expression": "  1"}]}},
            [bad("spec.validations[0].expression", "  1", "must evaluate to bool but got int")],
        ),
        (
            {"spec": {"auditAnnotations": [{"key": "k", "valueExpression": " 1"}]}},
            [
                bad(
                    "spec.auditAnnotations[0].valueExpression",
                    " 1",
                    "must evaluate to one of [string null_type] but got int",
                )
            ],
        ),
    ],
)
def test_validating_policies(change, wrong):
    assert faults(POLICIES, GOOD, change) == wrong


def test_mutating_policies_change_objects_that_remain():
    path, choices = "resourceRules.operations", '"*", "CONNECT", "CREATE", "UPDATE"'
    unsupported = f'Unsupported value: "DELETE": supported values: {choices}'
    assert faults(MUTATING, MUTATES, rules({"operations": ["DELETE"]})) == [f"spec.matchConstraints.{path}: {unsupported}"]
    binding = {"spec": {"policyName": "p", "matchResources": {"resourceRules": [{**RULE, "operations": ["DELETE"]}]}}}
    wrong = create(f"{GROUP}/mutatingadmissionpolicybindings", binding)[1]
    assert wrong == [f"spec.matchResources.{path}: {unsupported}"]


def test_variables_of_mutating_policies_are_always_there():
    change = {"spec": {"mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": " variables.x "}}]}}
    (wrong,) = faults(MUTATING, MUTATES, change)
    assert 'Invalid value: "variables.x": compilation failed: ERROR: <input>:1:10: undefined field' in wrong


@pytest.mark.parametrize(
    "spec",
    [
        {"variables": [{"name": "x", "expression": "Object{a: 1}"}]},
        {"matchConditions": [{"name": "c", "expression": "Object{} == Object{}"}]},
    ],
)
def test_only_mutations_know_the_types_of_patches(spec):
    (wrong,) = faults(MUTATING, MUTATES, {"spec": spec})
    assert "undeclared reference to 'Object' (in container '')" in wrong


@pytest.mark.parametrize(
    ("variable", "use", "message"),
    [
        ("quantity('1')", "variables.x == 1", ""),
        ("request.userInfo", "variables.x.nope == 1", ""),
        ("optional.of(1)", "variables.x == 1", ""),
        ("[quantity('1')]", "variables.x[0] == 1", ""),
        ("{'a': request.kind}", "variables.x.a == 1", ""),
        ("duration('1s')", "variables.x == 1", "found no matching overload for '_==_' applied to '(duration, int)'"),
        ("[1]", "variables.x[0] == 'a'", "found no matching overload for '_==_' applied to '(int, string)'"),
    ],
)
def test_variables_of_objects_are_dynamic(variable, use, message):
    spec = {"variables": [{"name": "x", "expression": variable}], "validations": [{"expression": use}]}
    wrong = faults(POLICIES, GOOD, {"spec": spec})
    assert (message in wrong[0]) if message else not wrong


def test_the_status_of_a_policy():
    policy, _ = create(POLICIES, GOOD)
    warning = {"status": {"typeChecking": {"expressionWarnings": [{"fieldRef": " ", "warning": ""}]}}}
    path = "status.typeChecking.expressionWarnings[0]"
    assert update(POLICIES, policy, warning, "status")[1] == [
        f"{path}.warning: Required value",
        f"{path}.fieldRef: Required value",
    ]
    warning["status"]["typeChecking"]["expressionWarnings"][0] = {"fieldRef": " spec.a[x] ", "warning": "w"}
    assert update(POLICIES, policy, warning, "status")[1] == [
        bad(f"{path}.fieldRef", "spec.a[x]", "invalid JSONPath: invalid array index x")
    ]
    warning["status"]["typeChecking"]["expressionWarnings"][0]["fieldRef"] = "spec.validations[0].expression"
    assert update(POLICIES, policy, warning, "status")[1] == []


def test_params_are_for_those_who_may_read_them():
    refuses, allows = May(Decision.DENY), May(Decision.ALLOW)
    change = {"spec": CONFIG_MAPS}
    why = (
        'spec.paramKind: Forbidden: user &{jane  [] map[]} must have "get" permission on all objects of the referenced '
        "paramKind (kind=ConfigMap, apiVersion=v1)"
    )
    assert faults(POLICIES, GOOD, change, authorizer=refuses, cluster=MemoryCluster()) == [why]
    asked = refuses.asked[0]
    assert (asked.verb, asked.resource, asked.namespace, asked.name) == ("get", "configmaps", "*", "*")
    assert faults(POLICIES, GOOD, change, authorizer=allows, cluster=MemoryCluster()) == []
    root = User("root", groups=("system:masters",))
    assert faults(POLICIES, GOOD, change, authorizer=refuses, cluster=MemoryCluster(), user=root) == []


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        (CONFIG_MAPS, ""),
        ({"paramKind": {"apiVersion": "g/v1", "kind": "Nope"}}, "resolve paramKind &{g/v1 Nope}"),
        (None, "get policy p"),
    ],
)
def test_bindings_hand_over_what_their_writer_may_read(kind, problem):
    cluster = MemoryCluster()
    if kind is not None:
        cluster.create("validatingadmissionpolicies.admissionregistration.k8s.io", {"metadata": {"name": "p"}, "spec": kind})
    change = {"spec": {"paramRef": {"selector": {}, "parameterNotFoundAction": "Deny"}}}
    (wrong,) = faults(BINDINGS, BINDING, change, authorizer=May(Decision.DENY), cluster=cluster)
    who = 'user &{jane  [] map[]} does not have "list" permission'
    if problem:
        everything = "for all groups, versions and resources"
        why = f"unable to {problem} to determine minimum required permissions and {who} {everything}"
    else:
        why = f"{who} on the object referenced by paramRef"
    assert wrong == f"spec.paramRef: Forbidden: {why}"
