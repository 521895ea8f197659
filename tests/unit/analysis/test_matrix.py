"""The access matrix."""

from __future__ import annotations

from kubegate.analysis.matrix import Who, all_resources, cells, subjects
from kubegate.analysis.requests import Vocabulary
from kubegate.authz.chain import Chain
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
