"""Who may take away what refuses a step is not stopped by it."""

from __future__ import annotations

from typing import Any

import pytest

ADMISSION = "admissionregistration.k8s.io"
STEP = "runs a pod as ServiceAccount ops/operator"
POLICIES, BINDINGS = "validatingadmissionpolicies", "validatingadmissionpolicybindings"


def never(*, by_label: bool = False) -> list[dict[str, Any]]:
    """A policy that admits no pods."""
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
    selector = {"namespaceSelector": {"matchLabels": {"guarded": "yes"}}} if by_label else {}
    constraints = {"resourceRules": [rule], **selector}
    api, meta = f"{ADMISSION}/v1", {"name": "guard"}
    spec = {"matchConstraints": constraints, "validations": [{"expression": "false"}]}
    bound = {"policyName": "guard", "validationActions": ["Deny"]}
    return [
        {"apiVersion": api, "kind": "ValidatingAdmissionPolicy", "metadata": meta, "spec": spec},
        {"apiVersion": api, "kind": "ValidatingAdmissionPolicyBinding", "metadata": meta, "spec": bound},
    ]


@pytest.fixture
def own(make: Any) -> list[dict[str, Any]]:
    """A service account that may do everything, and eve, who creates pods where it is."""
    admin = make.binding("op", "cluster-admin", make.account("operator", "ops"))
    return [admin, *make.eve(make.rule("create", "pods"), namespace="ops")]


@pytest.mark.parametrize(
    ("rule", "before"),
    [
        (("delete", POLICIES, ADMISSION), "deletes ValidatingAdmissionPolicy guard, and "),
        (("delete", POLICIES, ADMISSION, "guard"), "deletes ValidatingAdmissionPolicy guard, and "),
        (("deletecollection", POLICIES, ADMISSION), "deletes ValidatingAdmissionPolicy guard, and "),
        (("delete", BINDINGS, ADMISSION), "deletes the bindings of ValidatingAdmissionPolicy guard, and "),
        (("patch", POLICIES, ADMISSION), "changes ValidatingAdmissionPolicy guard to match nothing, and "),
        (("delete", POLICIES, ADMISSION, "other"), None),
        (("create", POLICIES, ADMISSION), None),
        (("patch", "namespaces"), None),
    ],
)
def test_a_policy(cluster: Any, make: Any, own: Any, rule: tuple[str, ...], before: str | None) -> None:
    level = make.namespace("ops", enforce="restricted")
    reached = cluster(level, *own, *never(), *make.eve(make.rule(*rule))).reaches()
    assert reached.get("cluster-admin") == (None if before is None else [f"{before}{STEP}"])


def test_the_labels_by_which_a_policy_chooses_its_namespaces(cluster: Any, make: Any, own: Any) -> None:
    space = make.namespace("ops", enforce="restricted")
    space["metadata"]["labels"]["guarded"] = "yes"
    patches = make.eve(make.rule("patch", "namespaces", "", "ops"))
    assert cluster(space, *own, *never(by_label=True)).reaches() == {}
    reached = cluster(space, *own, *patches, *never(by_label=True)).reaches()
    assert reached["cluster-admin"] == [f"labels namespace ops privileged, and {STEP}"]


def test_a_quota(cluster: Any, make: Any, own: Any) -> None:
    meta = {"name": "none", "namespace": "ops"}
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": meta, "spec": {"hard": {"pods": "0"}}}
    space = make.namespace("ops", enforce="restricted")
    assert cluster(space, quota, *own).reaches() == {}
    deletes = make.role("deletes", make.rule("delete", "resourcequotas"))
    reached = cluster(space, quota, *own, deletes, make.binding("d", "deletes", make.user("eve"), "ops")).reaches()
    assert reached["cluster-admin"] == [f"deletes ResourceQuota ops/none, and {STEP}"]


def test_what_refuses_next_is_taken_away_too(cluster: Any, make: Any) -> None:
    space = make.namespace("shop", enforce="baseline")
    own = make.eve(make.rule("create", "pods"), namespace="shop")
    both = make.eve(make.rule("patch", "namespaces"), make.rule("delete", POLICIES, ADMISSION))
    [path] = cluster(space, *own, *both, *never()).paths()
    assert path.hops[0].text == (
        "labels namespace shop privileged, and deletes ValidatingAdmissionPolicy guard, and "
        "runs a pod that has the host in namespace shop"
    )
    assert len(path.hops[0].requests) == 3


def test_a_deletion_that_another_policy_refuses_is_none(cluster: Any, make: Any, own: Any) -> None:
    """What takes away is put to admission like anything else."""
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["DELETE"], "resources": ["resourcequotas"]}
    kept = never()
    kept[0]["spec"]["matchConstraints"]["resourceRules"] = [rule]
    meta = {"name": "none", "namespace": "ops"}
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": meta, "spec": {"hard": {"pods": "0"}}}
    deletes = make.role("deletes", make.rule("delete", "resourcequotas"))
    objects = [make.namespace("ops", enforce="restricted"), quota, *own, *kept, deletes]
    assert cluster(*objects, make.binding("d", "deletes", make.user("eve"), "ops")).reaches() == {}
