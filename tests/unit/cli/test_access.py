"""The commands can-i, explain, who-can and authorize, as users run them."""

from __future__ import annotations

import json

import pytest
import yaml
from click.testing import CliRunner

from kubegate.authz.chain import Chain
from kubegate.cli.authorize import answers as answers_to
from kubegate.cli.authorize import command as authorize
from kubegate.cli.can_i import command as can_i
from kubegate.cli.explain import command as explain
from kubegate.cli.matrix import command as matrix
from kubegate.cli.who_can import command as who_can
from kubegate.errors import InvalidInput

POLICY = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers, namespace: shop}
subjects:
- {kind: User, name: alice, apiGroup: rbac.authorization.k8s.io}
roleRef: {kind: Role, name: reader, apiGroup: rbac.authorization.k8s.io}
"""


@pytest.fixture
def policy(tmp_path):
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY)
    return str(path)


def run(command, *arguments, standard_input=None):
    result = CliRunner().invoke(command, list(arguments), standalone_mode=False, input=standard_input)
    if result.exception is not None:
        raise result.exception
    return int(result.return_value), result.stdout, result.stderr


ALICE = ("--as", "alice", "-n", "shop")


@pytest.mark.parametrize(
    ("arguments", "code", "answer"),
    [
        (("get", "pods", *ALICE), 0, "yes"),
        (("get", "po/web-0", *ALICE), 0, "yes"),
        (("delete", "pods", *ALICE), 2, "no"),
        (("get", "pods", "-A", "--as", "alice"), 2, "no"),
        (("get", "/healthz", "--as", "alice"), 0, "yes"),
        (("get", "pods", "--as", "root", "--as-group", "system:masters"), 0, "yes"),
        (("get", "pods", *ALICE, "--authorization-mode", "AlwaysDeny"), 2, "no - Everything is forbidden."),
    ],
)
def test_can_i(policy, arguments, code, answer):
    assert run(can_i, *arguments, "-f", policy)[:2] == (code, answer + "\n")


def test_can_i_without_the_default_roles(policy):
    assert run(can_i, "get", "/healthz", "--as", "alice", "-f", policy, "--no-bootstrap-policy")[0] == 2


def test_can_i_quietly_and_as_json(policy):
    assert run(can_i, "get", "pods", *ALICE, "-f", policy, "-q") == (0, "", "")
    found = json.loads(run(can_i, "get", "pods", *ALICE, "-f", policy, "-o", "json")[1])
    assert found["determinedBy"] == "RoleBinding shop/readers -> Role/reader, rule 0"
    assert found["locations"] == [f"{policy}:14:3: subjects[0]", f"{policy}:6:3: rules[0]"]


def test_can_i_warns_and_asks_who(policy):
    assert (
        "Warning: the server doesn't have a resource type 'pdos' (did you mean pods?)"
        in run(can_i, "get", "pdos", *ALICE, "-f", policy)[2]
    )
    with pytest.raises(InvalidInput, match="whose access"):
        run(can_i, "get", "pods", "-f", policy)


@pytest.mark.parametrize(
    ("arguments", "warnings"),
    [
        (("GET", "pods"), ["verb 'GET' is not a known verb (did you mean get?)"]),
        (("POST", "/healthz"), ["verb 'POST' is not a known verb (did you mean post?)"]),
        (("frob", "nodes"), ["resource 'nodes' is not namespace scoped", "verb 'frob' is not a known verb"]),
        (("get", "nodes", "-A"), []),
        (("get", "pods.v1"), ["the server doesn't have a resource type 'pods' in group 'v1'"]),
        (("get", "cows.example.com"), ["the server doesn't have a resource type 'cows' in group 'example.com'"]),
        (("impersonate", "users"), []),
        (("impersonate", "*.*"), []),
    ],
)
def test_can_i_warns_as_kubectl(policy, arguments, warnings):
    """Letter case of verbs counts: no server asks for GET."""
    code, _, err = run(can_i, *arguments, *ALICE, "-f", policy)
    assert (code, err.splitlines()) == (2, [f"Warning: {warning}" for warning in warnings])


def test_the_beginning_of_a_group_will_do(policy, tmp_path):
    (tmp_path / "apps.yaml").write_text(
        POLICY.replace('apiGroups: [""]', "apiGroups: [apps]").replace("pods", "deployments")
    )
    assert run(can_i, "get", "deployments.app", *ALICE, "-f", str(tmp_path / "apps.yaml"))[0] == 0
    assert run(who_can, "get", "deploy.v1.apps", "-n", "shop", "-f", str(tmp_path / "apps.yaml"))[0] == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("get", "/healthz", "--subresource", "x"), "--subresource can not be used with NonResourceURL"),
        (("--list", "get", "pods"), "list option must be specified with no arguments"),
        (("--list", "-q"), "list option can't be specified with"),
        (("--list", "--subresource", "x"), "list option can't be specified with"),
        (("get", "pods", "--no-headers"), "--no-headers cannot be set without --list specified"),
    ],
)
def test_options_that_do_not_go_together(policy, arguments, complaint):
    with pytest.raises(InvalidInput, match=complaint):
        run(can_i, *arguments, *ALICE, "-f", policy)


def test_can_i_with_selectors(policy):
    assert run(can_i, "list", "pods", *ALICE, "-f", policy, "-l", "a=b", "--field-selector", "spec.nodeName=n")[0] == 0
    with pytest.raises(InvalidInput):
        run(can_i, "list", "pods", *ALICE, "-f", policy, "-l", "a=b=c")


def test_can_i_list(policy):
    code, out, _ = run(can_i, "--list", *ALICE, "-f", policy, "--no-bootstrap-policy")
    assert code == 0
    assert out.splitlines() == [
        "Resources   Non-Resource URLs   Resource Names   Verbs",
        "pods        []                  []               [get list]",
    ]
    everywhere = run(can_i, "--list", "--as", "alice", "-A", "-f", policy, "--no-bootstrap-policy")[1]
    assert "shop        pods" in everywhere
    headless = run(can_i, "--list", *ALICE, "-f", policy, "--no-bootstrap-policy", "--no-headers")[1]
    assert headless == "pods   []   []   [get list]\n"
    assert run(can_i, "--list", "--as", "bob", "-f", policy, "--no-bootstrap-policy", "--no-headers")[:2] == (0, "")
    csv = run(can_i, "--list", *ALICE, "-f", policy, "--no-bootstrap-policy", "-o", "csv")[1]
    assert csv.splitlines()[1] == "pods,[],[],[get list]"


def test_what_was_left_out_makes_a_no_undecided(policy, tmp_path):
    (tmp_path / "bad.yaml").write_text("kind: Role\nmetadata: {name: x}\n")
    code, out, err = run(can_i, "delete", "pods", *ALICE, "-f", str(tmp_path), "--keep-going")
    assert (code, out) == (4, "no\n")
    assert "warning: left out:" in err
    assert run(can_i, "get", "pods", *ALICE, "-f", str(tmp_path), "--keep-going")[0] == 0
    with pytest.raises(InvalidInput):
        run(can_i, "get", "pods", *ALICE, "-f", str(tmp_path))


def test_explain_allowed(policy):
    code, out, _ = run(explain, "get", "pods", *ALICE, "-f", policy)
    assert code == 0
    assert out.startswith('yes: User "alice" can get pods in namespace shop')
    assert "Because: RoleBinding shop/readers -> Role/reader, rule 0" in out
    assert f"  {policy}:6:3: rules[0]" in out


def test_explain_denied_gives_a_change_that_works(policy, tmp_path):
    code, out, _ = run(explain, "delete", "pods", "web", *ALICE, "-f", policy)
    assert code == 2
    assert "1. [verb] RoleBinding shop/readers gives Role shop/reader, whose rule 0 allows get, list but not delete" in out
    fix = tmp_path / "fix.yaml"
    fix.write_text(out.partition("---\n")[2])
    assert run(can_i, "delete", "pods", "web", *ALICE, "-f", policy, "-f", str(fix))[0] == 0
    assert run(can_i, "delete", "pods", "other", *ALICE, "-f", policy, "-f", str(fix))[0] == 2


def test_explain_as_yaml(policy):
    found = yaml.safe_load(run(explain, "delete", "pods", *ALICE, "-f", policy, "-o", "yaml")[1])
    assert found["allowed"] is False
    assert found["authorizers"][-1] == {"name": "RBAC", "asked": True, "decision": "no-opinion"}
    assert [obj["kind"] for obj in found["smallestChange"]] == ["Role", "RoleBinding"]


def test_who_can(policy):
    code, out, _ = run(who_can, "list", "pods", "-n", "shop", "-f", policy, "--no-bootstrap-policy")
    assert code == 0
    assert [line.split()[:2] for line in out.splitlines()[1:]] == [["Group", "system:masters"], ["User", "alice"]]
    found = json.loads(run(who_can, "list", "pods", "-n", "shop", "-f", policy, "-o", "json", "--no-bootstrap-policy")[1])
    assert found[1]["subject"] == {"kind": "User", "name": "alice"}
    assert found[1]["binding"] == "RoleBinding shop/readers"
    assert run(who_can, "delete", "pods", "-n", "shop", "-f", policy, "--no-bootstrap-policy")[0] == 2


def test_authorize_answers_line_by_line(policy, tmp_path):
    attributes = {"verb": "get", "resource": "pods", "namespace": "shop"}
    reviews = [
        {"spec": {"user": "alice", "resourceAttributes": attributes}},
        {"spec": {"user": "bob", "resourceAttributes": attributes}, "status": {"allowed": True}},
        {"spec": {}},
        [],
    ]
    lines = "\n".join([*map(json.dumps, reviews), "", "{nonsense"]) + "\n"
    path = tmp_path / "requests.jsonl"
    path.write_text(lines)
    code, out, _ = run(authorize, "-f", policy, str(path))
    answers = [json.loads(line)["status"] for line in out.splitlines()]
    assert code == 0
    assert answers[0] == {
        "allowed": True,
        "reason": 'RBAC: allowed by RoleBinding "readers/shop" of Role "reader" to User "alice"',
    }
    assert answers[1] == {"allowed": False}
    assert [answer["error"]["code"] for answer in answers[2:]] == [422, 400, 400]
    assert run(authorize, "-f", policy, standard_input=lines)[1] == out


def test_authorize_with_abac(policy, tmp_path):
    abac = tmp_path / "abac.jsonl"
    spec = {"user": "bob", "namespace": "*", "resource": "*", "apiGroup": "*"}
    abac.write_text(
        json.dumps({"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": spec}) + "\n"
    )
    options = ("--authorization-mode", "ABAC,RBAC", "--authorization-policy-file", str(abac))
    assert run(can_i, "get", "secrets", "--as", "bob", "-f", policy, *options)[0] == 0


def test_can_i_lists_the_namespaces_where_the_answer_is_yes(policy):
    assert run(can_i, "get", "pods", "--namespaces", "--as", "alice", "-f", policy)[:2] == (0, "shop\n")
    assert run(can_i, "get", "secrets", "--namespaces", "--as", "alice", "-f", policy)[:2] == (2, "")
    assert run(can_i, "get", "/healthz", "--namespaces", "--as", "alice", "-f", policy)[1] == "*\n"


DENIED = """
apiVersion: policy.kubegate.dev/v1alpha1
kind: AccessPolicy
metadata: {name: not-there}
spec:
  effect: Deny
  subjects: [{kind: Group, name: "system:authenticated"}]
  namespaces: [bank]
  rules: [{verbs: ["*"], apiGroups: ["*"], resources: [secrets, widgets]}]
"""
EVERYWHERE = """
{kind: List, apiVersion: v1, items: [
  {apiVersion: v1, kind: Namespace, metadata: {name: bank}},
  {apiVersion: v1, kind: Namespace, metadata: {name: shop}},
  {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: reader},
   rules: [{apiGroups: ["*"], resources: ["*"], verbs: [get, list]}]},
  {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: readers},
   subjects: [{kind: User, name: alice, apiGroup: rbac.authorization.k8s.io}],
   roleRef: {kind: ClusterRole, name: reader, apiGroup: rbac.authorization.k8s.io}}]}
"""


@pytest.fixture
def denied(tmp_path):
    """Alice reads everything, but for some in one namespace."""
    (tmp_path / "everywhere.yaml").write_text(EVERYWHERE)
    (tmp_path / "denied.yaml").write_text(DENIED)
    manifests, policies = str(tmp_path / "everywhere.yaml"), str(tmp_path / "denied.yaml")
    return "-f", manifests, "--access-policy-file", policies, "--no-bootstrap-policy"


@pytest.mark.parametrize(
    ("asked", "namespaces"),
    [
        ("get secrets", ["shop"]),
        ("list secrets", ["shop"]),
        ("get widgets", ["shop"]),
        ("get pods", ["*"]),
        ("get nodes", ["*"]),
    ],
)
def test_what_is_denied_somewhere_is_not_allowed_everywhere(denied, asked, namespaces):
    words = asked.split()
    code, out, _ = run(can_i, *words, "--namespaces", "--as", "alice", *denied)
    assert (code, out.split()) == (0, namespaces)
    assert json.loads(run(can_i, *words, "--namespaces", "--as", "alice", "-o", "json", *denied)[1]) == namespaces
    assert run(can_i, *words, "--namespaces", "--as", "alice", "-q", *denied)[:2] == (0, "")
    if "widgets" not in words:  # of a kind that nobody knows it is not known whether it is in namespaces
        assert run(can_i, *words, "-A", "--as", "alice", *denied)[0] == (0 if namespaces == ["*"] else 2)


def test_a_condition_on_the_namespace_does_not_hold_everywhere(denied, tmp_path):
    closed = DENIED.replace("  namespaces: [bank]\n", "  when: [\"request.resourceAttributes.namespace == 'bank'\"]\n")
    (tmp_path / "denied.yaml").write_text(closed)
    assert run(can_i, "get", "secrets", "--namespaces", "--as", "alice", *denied)[1] == "shop\n"


def test_the_list_leaves_out_what_is_denied(denied, tmp_path):
    (tmp_path / "more.yaml").write_text(
        EVERYWHERE.replace("reader", "more")
        .replace('resources: ["*"]', "resources: [secrets, pods]")
        .replace('["*"]', '[""]')
    )
    listing = ("--list", "--as", "alice", "--no-headers", *denied, "-f", str(tmp_path / "more.yaml"))
    code, out, err = run(can_i, *listing, "-n", "bank")
    assert [line.split()[0] for line in out.splitlines()] == ["*.*", "pods"]
    assert err == 'Warning: the list may be incomplete: AccessPolicy "not-there" denies some of it\n'
    code, out, err = run(can_i, *listing, "-n", "shop")
    assert [line.split()[0] for line in out.splitlines()] == ["*.*", "pods", "secrets"]
    assert (code, err) == (0, "")
    named = DENIED.replace("verbs:", "resourceNames: [key], verbs:").replace("[bank]", "[shop]").replace("not-", "named-")
    (tmp_path / "named.yaml").write_text(named)
    out = run(can_i, *listing, "-n", "shop", "--access-policy-file", str(tmp_path / "named.yaml"))[1]
    # A list would show the key too; others can be read.
    assert [line.split("[]")[-1].strip() for line in out.splitlines() if line.startswith("secrets")] == ["[get]"]


def test_the_matrix_shows_where_something_is_not_denied(denied):
    found = json.loads(run(matrix, *denied, "-r", "secrets", "-r", "pods", "--verb", "get", "-o", "json")[1])
    assert [(cell["resource"], cell["scope"]) for cell in found] == [("secrets", "shop"), ("pods", "*")]


def test_who_can_in_all_namespaces_knows_what_is_denied_in_one(denied):
    assert run(who_can, "get", "secrets", "-A", *denied)[0] == 2
    assert run(who_can, "get", "secrets", "-n", "shop", *denied)[0] == 0


def test_matrix(policy):
    assert run(matrix, "-f", policy)[1].splitlines() == ["SUBJECT      SCOPE   PODS", "User alice   shop    gl"]
    assert run(matrix, "-f", policy, "--verb", "list", "-o", "csv")[1].splitlines()[1] == "User alice,shop,pods,list"
    found = json.loads(run(matrix, "-f", policy, "-r", "all", "-o", "json", "--subject", "a*")[1])
    assert {cell["resource"] for cell in found if cell["scope"] == "shop"} == {"pods"}
    assert run(matrix, "-f", policy, "--subject", "b*", "-o", "json")[1] == "[]\n"
    assert "ClusterRoleBinding" not in run(matrix, "-f", policy, "--system", "-o", "wide")[1]


def test_unknown_columns_of_the_matrix_are_told(policy):
    assert "doesn't have a resource type 'podz' (did you mean pods?)" in run(matrix, "-f", policy, "-r", "podz")[2]


def test_the_page_of_the_matrix_escapes_what_policies_say(policy, tmp_path):
    evil = tmp_path / "evil.yaml"
    evil.write_text(POLICY.replace("alice", "'<script>alert(1)</script>'"))
    html = run(matrix, "-f", str(evil), "-o", "html")[1]
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_reviews_that_are_not_json_are_refused_in_the_servers_words() -> None:
    answers = list(answers_to(Chain([]), iter([b"nonsense\n", b'{"a":\n'])))
    assert b"invalid character 'o' in literal null (expecting 'u')" in answers[0]
    assert b"unexpected end of JSON input" in answers[1]
