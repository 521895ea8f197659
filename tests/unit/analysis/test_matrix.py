"""The access matrix."""

from __future__ import annotations

from kubegate.analysis.matrix.cells import all_resources, cells
from kubegate.analysis.matrix.subjects import Who, subjects
from kubegate.analysis.requests import Vocabulary
from kubegate.authz.always import AlwaysAllow
from kubegate.authz.chain import Chain
from kubegate.authz.interface import Decision, Verdict
from kubegate.authz.privileged import PrivilegedGroups
from kubegate.authz.rbac.index import RbacAuthorizer

RULES = [{"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"]}]


def binding(name, *subjects, namespace=""):
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    kind = "RoleBinding" if namespace else "ClusterRoleBinding"
    return {"kind": kind, "metadata": metadata, "subjects": list(subjects), "roleRef": {"kind": "ClusterRole", "name": "r"}}


RBAC = RbacAuthorizer(
    [
        {"kind": "ClusterRole", "metadata": {"name": "r"}, "rules": RULES},
        binding("all", {"kind": "Group", "name": "devs"}),
        binding("one", {"kind": "User", "name": "u"}, {"kind": "ServiceAccount", "name": "bot"}, namespace="n"),
        binding("sys", {"kind": "User", "name": "system:kube-proxy"}),
        binding("also", {"kind": "Group", "name": "devs"}, namespace="n"),
    ]
)
VOCABULARY = Vocabulary.of(())


def test_subjects_and_where_they_have_bindings():
    assert subjects(RBAC) == {
        Who("Group", "", "devs"): {"*", "n"},
        Who("ServiceAccount", "n", "bot"): {"n"},
        Who("User", "", "u"): {"n"},
    }
    assert Who("User", "", "system:kube-proxy") in subjects(RBAC, system=True)
    assert list(subjects(RBAC, "b*")) == [Who("ServiceAccount", "n", "bot")]


def test_what_holds_everywhere_is_not_repeated():
    found = list(cells(Chain([RBAC]), subjects(RBAC), ["pods", "nodes"], VOCABULARY))
    assert [(str(cell.who), cell.scope, cell.resource, cell.letters) for cell in found] == [
        ("Group devs", "*", "pods", "gl"),
        ("ServiceAccount n/bot", "n", "pods", "gl"),
        ("User u", "n", "pods", "gl"),
    ]


def test_chosen_namespaces_and_verbs():
    found = list(cells(Chain([RBAC]), subjects(RBAC, "u"), ["pods"], VOCABULARY, namespaces=["m", "n"], verbs=["get"]))
    assert [(cell.scope, cell.verbs) for cell in found] == [("n", ("get",))]


def test_all_resources_can_be_asked_about():
    names = all_resources(VOCABULARY)
    assert {"pods", "pods/log", "deployments.apps", "deployments.apps/scale"} <= set(names)


def test_only_what_rules_name_is_asked_about():
    """The Node authorizer and privileged groups allow more than rules say; so may every other authorizer."""
    rules = [
        {"verbs": ["get"], "apiGroups": ["", "apps"], "resources": ["pods/log", "*/scale"]},
        {"verbs": ["get"], "nonResourceURLs": ["/healthz"]},
    ]
    rbac = RbacAuthorizer(
        [
            {"kind": "ClusterRole", "metadata": {"name": "r"}, "rules": rules},
            binding("one", {"kind": "User", "name": "u"}, namespace="n"),
            binding("two", {"kind": "User", "name": "v"}),
        ]
    )
    asked = []

    class Counting(Chain):
        def authorize(self, attributes):
            asked.append((attributes.user.name, attributes.resource, attributes.subresource))
            return super().authorize(attributes)

    columns = ["pods", "pods/log", "deployments.apps/scale", "/healthz"]
    found = cells(Counting([PrivilegedGroups(), rbac]), subjects(rbac), columns, VOCABULARY, verbs=["get"])
    assert [(cell.who.name, cell.scope, cell.resource) for cell in found] == [
        ("u", "n", "pods/log"),
        ("u", "n", "deployments.apps/scale"),
        ("v", "*", "pods/log"),
        ("v", "*", "deployments.apps/scale"),
        ("v", "*", "/healthz"),
    ]
    assert not [name for name, resource, subresource in asked if resource == "pods" and not subresource]
    masters = {Who("Group", "", "system:masters"): {"*"}}
    assert [cell.resource for cell in cells(Chain([PrivilegedGroups(), rbac]), masters, columns, VOCABULARY)] == columns
    assert [cell.resource for cell in cells(Chain([rbac, AlwaysAllow()]), subjects(rbac), ["pods"], VOCABULARY)] == [
        "pods",
        "pods",
    ]


def test_what_cannot_be_decided_is_told():
    class Failing:
        def authorize(self, attributes):
            return Verdict(Decision.DENY if attributes.verb == "list" else Decision.NO_OPINION, errors=("no answer",))

    told, heard = [], []
    found = cells(
        Chain([RBAC, Failing()]),
        subjects(RBAC, "u"),
        ["pods"],
        VOCABULARY,
        verbs=["get", "list", "watch"],
        namespaces=["n"],
        undecided=heard.append,
        told=lambda done, count: told.append((done, count)),
    )
    assert [(cell.scope, cell.verbs) for cell in found] == [("n", ("get", "list"))]
    assert (heard, told) == (["no answer"] * 3, [(0, 1)])  # get and watch everywhere, watch in n; list is denied
