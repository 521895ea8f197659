"""What an explanation proposes is tried: near misses mended and smallest changes applied allow, nothing smaller would."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kubegate.analysis.explain.decision import Explanation, explain
from kubegate.analysis.explain.suggest import subject_of
from kubegate.analysis.explain.suggest_line import smallest_line
from kubegate.api.user import User
from kubegate.authz.abac.authorizer import AbacAuthorizer
from kubegate.authz.abac.policy import Policy, policy_from, to_object
from kubegate.authz.abac.shortfalls import shortfalls
from kubegate.authz.access.authorizer import AccessPolicyAuthorizer
from kubegate.authz.chain import Chain
from kubegate.authz.configuration.conditions import compile_condition
from kubegate.authz.interface import Attributes, Authorizer
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.errors import Location

USERS = ["alice", "Alice", "bob", "system:serviceaccount:shop:bot", "*", ""]
GROUPS = ["devs", "ops", "system:authenticated"]
some = st.sampled_from


def lines() -> st.SearchStrategy[Policy]:
    spec = st.fixed_dictionaries(
        {},
        optional={
            "user": some([*USERS, "bot", "devs"]),
            "group": some([*GROUPS, "alice", "*"]),
            "namespace": some(["shop", "warehouse", "*"]),
            "resource": some(["pods", "deployments", "pods/log", "*"]),
            "apiGroup": some(["", "apps", "*"]),
            "nonResourcePath": some(["/api", "/api/*", "*", "/healthz"]),
            "readonly": st.booleans(),
        },
    )
    old = st.fixed_dictionaries({}, optional={"user": some(USERS), "namespace": some(["shop"]), "resource": some(["pods"])})
    new = spec.map(
        lambda fields: {"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": fields}
    )
    return (new | old).map(lambda document: policy_from(document, Location("policy.jsonl", 1)))


def files(most: int = 5) -> st.SearchStrategy[list[Policy]]:
    def numbered(found: list[Policy]) -> list[Policy]:
        return [replace(line, location=Location("policy.jsonl", number)) for number, line in enumerate(found, 1)]

    return st.lists(lines(), max_size=most).map(numbered)


def requests() -> st.SearchStrategy[Attributes]:
    user = st.builds(
        lambda name, groups: User.of(name, groups), some(USERS), st.lists(some(GROUPS), max_size=2, unique=True)
    )
    verb = some(["get", "list", "create", "delete"])
    resource = st.builds(
        lambda who, verb, group, resource, part, namespace, name: Attributes(
            who, verb, True, group, "", resource, part, namespace, name
        ),
        *(user, verb, some(["", "apps"]), some(["pods", "deployments"]), some(["", "log"]), some(["shop", "other", ""])),
        some(["", "web"]),
    )
    path = st.builds(
        lambda who, verb, path: Attributes(who, verb, False, path=path), user, verb, some(["/api", "/api/x", "/x"])
    )
    return resource | path


def explained(policies: list[Policy], attributes: Attributes, rbac: RbacAuthorizer | None = None) -> Explanation:
    members: list[Authorizer] = [AbacAuthorizer(policies, file="policy.jsonl")]
    return explain(Chain([rbac, *members] if rbac else members), rbac or RbacAuthorizer(), attributes)


def allowed(text: str, attributes: Attributes, *others: Policy) -> bool:
    """Is it allowed by what is written?"""
    return AbacAuthorizer([*others, policy_from(json.loads(text), Location())]).authorize(attributes).allowed


@given(lines(), requests())
def test_a_line_lacks_nothing_if_it_allows(line: Policy, attributes: Attributes) -> None:
    assert (not shortfalls(line, attributes)) is AbacAuthorizer([line]).authorize(attributes).allowed


@given(lines())
def test_a_line_is_spelled_so_that_it_reads_the_same(line: Policy) -> None:
    assert policy_from(json.loads(json.dumps(to_object(line))), line.location) == line


@given(files(), requests())
def test_the_line_that_is_proposed_allows_it_to_nobody_else(policies: list[Policy], attributes: Attributes) -> None:
    found = explained(policies, attributes)
    if found.allowed or not (attributes.user.name or attributes.user.groups) or attributes.user.name == "*":
        assert found.changes == ()
        return
    (change,) = found.changes
    assert allowed(change.line, attributes, *policies)
    assert list(change.objects) == [json.loads(change.line)]
    if attributes.user.name:
        other = replace(attributes, user=replace(attributes.user, name="somebody"))
        before = AbacAuthorizer(policies).authorize(other).allowed
        assert allowed(change.line, other, *policies) is before


@given(requests(), lines(), requests())
def test_no_line_that_allows_it_allows_less(attributes: Attributes, other: Policy, asked: Attributes) -> None:
    proposed = smallest_line(attributes)
    if proposed is None or not AbacAuthorizer([other]).authorize(attributes).allowed:
        return
    asked = replace(asked, user=attributes.user)
    if AbacAuthorizer([proposed]).authorize(asked).allowed:
        assert AbacAuthorizer([other]).authorize(asked).allowed


@given(files(), requests())
def test_near_misses_of_abac_mended_allow(policies: list[Policy], attributes: Attributes) -> None:
    found = explained(policies, attributes)
    assert found.allowed or [miss.order for miss in found.misses] == sorted(miss.order for miss in found.misses)
    for miss in found.misses:
        assert allowed(miss.line, attributes)
        (place,) = miss.locations
        line = policies[place.line - 1]
        assert len(shortfalls(line, attributes)) == 1 + miss.further
        assert f"ABAC line {place.line} " in miss.text


def roles() -> st.SearchStrategy[list[dict[str, Any]]]:
    rule = st.fixed_dictionaries(
        {
            "verbs": st.lists(some(["get", "list", "create", "*"]), min_size=1, max_size=2, unique=True),
            "apiGroups": st.lists(some(["", "apps"]), min_size=1, max_size=2, unique=True),
            "resources": st.lists(some(["pods", "pods/log", "deployments", "*/log"]), min_size=1, max_size=2, unique=True),
        },
        optional={"resourceNames": st.lists(some(["web", "db"]), min_size=1, max_size=2, unique=True)},
    )
    path = st.fixed_dictionaries(
        {"verbs": st.just(["get"]), "nonResourceURLs": st.lists(some(["/api", "/api/*", "/y"]), min_size=1, max_size=1)}
    )
    binding = st.tuples(st.integers(0, 2), some(["", "shop", "other"]), some(["alice", "bob"]))
    rules = st.tuples(*[st.lists(rule | path, max_size=2) for _ in range(3)])
    return st.tuples(rules, st.lists(binding, max_size=4)).map(_objects)


def _objects(made: tuple[tuple[list[dict[str, Any]], ...], list[tuple[int, str, str]]]) -> list[dict[str, Any]]:
    # Role 2 is aggregated from role 1.
    objects: list[dict[str, Any]] = [
        {"kind": "ClusterRole", "metadata": {"name": f"r{number}", "labels": {"n": str(number)}}, "rules": rules}
        for number, rules in enumerate(made[0])
    ]
    objects[2]["aggregationRule"] = {"clusterRoleSelectors": [{"matchLabels": {"n": "1"}}]}
    objects[2]["rules"] = objects[1]["rules"]
    for number, (role, namespace, user) in enumerate(made[1]):
        objects.append(
            {
                "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
                "metadata": {"name": f"b{number}", **({"namespace": namespace} if namespace else {})},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": f"r{role}"},
                "subjects": [{"kind": "User", "name": user}],
            }
        )
    return objects


def mended(objects: list[dict[str, Any]], remedy: str, attributes: Attributes) -> list[dict[str, Any]]:
    """The objects after somebody did what a remedy says."""
    objects = deepcopy(objects)
    named = {(obj["kind"], obj["metadata"].get("namespace", ""), obj["metadata"]["name"]): obj for obj in objects}
    subject = {"kind": "User", "name": attributes.user.name}
    if found := re.match(r'add "(.*)" to the (\w+) of rules\[(\d)\] of ClusterRole (\w+)', remedy):
        value, field, number, role = found.groups()
        named["ClusterRole", "", role]["rules"][int(number)][field].append(value)
    elif found := re.match(r"remove resourceNames from rules\[(\d)\] of ClusterRole (\w+)", remedy):
        del named["ClusterRole", "", found[2]]["rules"][int(found[1])]["resourceNames"]
    elif found := re.match(r"add the user to the subjects of (\w+) (?:(\w+)/)?(\w+)$", remedy):
        named[found[1], found[2] or "", found[3]]["subjects"].append(subject)
    elif found := re.match(r"bind ClusterRole (\w+) (?:in namespace (\w+)|(?:by|with) a (\w+))$", remedy):
        role, namespace, kind = found.groups()
        namespace = namespace or (attributes.namespace if kind == "RoleBinding" else "")
        made = _objects((([], [], []), [(int(role[1]), namespace, attributes.user.name)]))[-1]
        made["metadata"]["name"] = "new"
        objects.append(made)
    else:
        raise AssertionError(f"not understood: {remedy}")
    named["ClusterRole", "", "r2"]["rules"] = named["ClusterRole", "", "r1"]["rules"]
    return objects


@given(roles(), requests().filter(lambda asked: asked.user.name == "alice"))
def test_near_misses_of_rbac_mended_allow(objects: list[dict[str, Any]], attributes: Attributes) -> None:
    rbac = RbacAuthorizer(objects)
    for miss in explain(Chain([rbac]), rbac, attributes).misses:
        assert RbacAuthorizer(mended(objects, miss.remedy, attributes)).authorize(attributes).allowed, miss


SUBJECTS = [
    {"kind": "User", "name": "alice"},
    {"kind": "User", "name": "bob"},
    {"kind": "User", "name": "b*"},
    {"kind": "Group", "name": "devs"},
    {"kind": "ServiceAccount", "namespace": "shop", "name": "bot"},
]
CONDITIONS = ["request.user == 'alice'", "request.user != 'bob'"]


def access_policies(*effects: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    rule = st.fixed_dictionaries(
        {
            "verbs": st.lists(some(["get", "list", "create", "*"]), min_size=1, max_size=2, unique=True),
            "apiGroups": st.lists(some(["", "apps"]), min_size=1, max_size=2, unique=True),
            "resources": st.lists(some(["pods", "pods/log", "deployments"]), min_size=1, max_size=2, unique=True),
        },
        optional={
            "resourceNames": st.just(["db"]),
            "resourceNamePatterns": st.just(["d*"]),
            "fieldSelector": st.just("a=b"),
        },
    )
    path = st.fixed_dictionaries({"verbs": st.just(["get"]), "nonResourceURLs": st.lists(some(["/api", "/y"]), min_size=1)})
    spec = st.fixed_dictionaries(
        {
            "effect": some(effects),
            "subjects": st.lists(some(SUBJECTS), min_size=1, max_size=2),
            "rules": st.lists(rule, min_size=1, max_size=2) | st.lists(path, min_size=1, max_size=1),
        },
        optional={"namespaces": st.just(["shop"]), "when": st.lists(some(CONDITIONS), max_size=2, unique=True)},
    )
    return st.lists(
        spec.filter(lambda spec: "nonResourceURLs" not in spec["rules"][0] or "namespaces" not in spec), max_size=3
    ).map(lambda specs: [_policy(f"p{number}", spec) for number, spec in enumerate(specs)])


def _policy(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"apiVersion": "policy.kubegate.dev/v1alpha1", "kind": "AccessPolicy", "metadata": {"name": name}}
    return metadata | {"spec": deepcopy(spec)}


def access(policies: list[dict[str, Any]]) -> AccessPolicyAuthorizer:
    return AccessPolicyAuthorizer(policies, compile_condition)


def policies_mended(policies: list[dict[str, Any]], remedy: str, attributes: Attributes) -> list[dict[str, Any]]:
    """The policies after somebody did what a remedy says."""
    policies = deepcopy(policies)
    named = {policy["metadata"]["name"]: policy["spec"] for policy in policies}
    spec = named[remedy.rpartition(" ")[2]]
    number = re.search(r"rules\[(\d)\]", remedy)
    rule = spec["rules"][int(number[1])] if number else {}
    if found := re.match(r'add "(.*)" to the (\w+) of', remedy):
        (spec if found[2] == "namespaces" else rule).setdefault(found[2], []).append(found[1])
    elif remedy.startswith("add the name to the resourceNames of"):
        rule.setdefault("resourceNames", []).append(attributes.name)
    elif remedy.startswith("the request names no object: remove the names from"):
        rule.pop("resourceNames", None)
        rule.pop("resourceNamePatterns", None)
    elif found := re.search(r"carries no selector: remove (\w+) from", remedy):
        del rule[found[1]]
    elif remedy.startswith("change `when` of"):
        del spec["when"]
    elif remedy.startswith("add the user to the subjects of"):
        subject = subject_of(attributes.user)
        assert subject is not None
        spec["subjects"].append({key: subject[key] for key in subject if key != "apiGroup"})
    else:
        assert remedy.startswith("ask with a field selector within"), remedy
        del rule["fieldSelector"]
    return policies


@given(access_policies("Allow"), requests().filter(lambda asked: asked.user.name not in ("", "*")))
def test_near_misses_of_access_policies_mended_allow(policies: list[dict[str, Any]], attributes: Attributes) -> None:
    for miss in explain(Chain([access(policies)]), RbacAuthorizer(), attributes).misses:
        assert access(policies_mended(policies, miss.remedy, attributes)).authorize(attributes).allowed, miss


@given(
    *(access_policies("Allow", "Deny"), roles(), files(2), st.permutations(["AccessPolicy", "RBAC", "ABAC"])),
    requests().filter(lambda asked: asked.user.name not in ("", "*")),
)
def test_each_change_allows_in_any_chain(
    policies: list[dict[str, Any]],
    objects: list[dict[str, Any]],
    lines: list[Policy],
    order: list[str],
    attributes: Attributes,
) -> None:
    rbac = RbacAuthorizer(objects)
    members: dict[str, Authorizer] = {"AccessPolicy": access(policies), "RBAC": rbac, "ABAC": AbacAuthorizer(lines)}
    found = explain(Chain([members[name] for name in order]), rbac, attributes)
    assert found.allowed or found.changes
    for change in found.changes:
        changed = {obj["metadata"]["name"]: obj for obj in change.objects if obj["kind"] == "AccessPolicy"}
        more = [obj for obj in change.objects if obj["kind"].startswith("Role")]
        more += [obj for obj in change.objects if obj["kind"].startswith("ClusterRole")]
        kept = [changed.get(obj["metadata"]["name"], obj) for obj in policies]
        added = [policy_from(json.loads(change.line), Location())] if change.line else []
        applied: dict[str, Authorizer] = {
            "AccessPolicy": access(kept),
            "RBAC": RbacAuthorizer([*objects, *more]),
            "ABAC": AbacAuthorizer([*lines, *added]),
        }
        assert Chain([applied[name] for name in order]).authorize(attributes).allowed, change


@given(roles(), files(2), requests().filter(lambda asked: asked.user.name not in ("", "*")))
def test_rbac_and_abac_propose_both_a_change_that_allows(
    objects: list[dict[str, Any]], policies: list[Policy], attributes: Attributes
) -> None:
    found = explained(policies, attributes, RbacAuthorizer(objects))
    if found.allowed:
        return
    first, second = found.changes
    assert (first.authorizer, second.authorizer) == ("RBAC", "ABAC")
    assert RbacAuthorizer([*objects, *first.objects]).authorize(attributes).allowed
    assert allowed(second.line, attributes, *policies)
