"""Access: tables, selectors, impersonation, matrices, invariants over namespaces."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kubegate.errors import InvalidInput
from kubegate.testing.running.result import Result

Judged = Callable[..., list[Result]]

RBAC = """\
objects:
- apiVersion: rbac.authorization.k8s.io/v1
  kind: Role
  metadata: {name: reader, namespace: shop}
  rules: [{apiGroups: [""], resources: [pods, pods/log], verbs: [get, list]}]
- apiVersion: rbac.authorization.k8s.io/v1
  kind: RoleBinding
  metadata: {name: readers, namespace: shop}
  roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
  subjects:
  - {kind: User, name: alice, apiGroup: rbac.authorization.k8s.io}
  - {kind: Group, name: devs, apiGroup: rbac.authorization.k8s.io}
  - {kind: ServiceAccount, name: ci, namespace: shop}
- apiVersion: rbac.authorization.k8s.io/v1
  kind: ClusterRole
  metadata: {name: alices-voice}
  rules: [{apiGroups: [""], resources: [users], resourceNames: [alice], verbs: [impersonate]}]
- apiVersion: rbac.authorization.k8s.io/v1
  kind: ClusterRoleBinding
  metadata: {name: voices}
  roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: alices-voice}
  subjects: [{kind: User, name: boss, apiGroup: rbac.authorization.k8s.io}]
"""


def failures(results: list[Result]) -> list[str]:
    return [result.failure for result in results if not result.passed]


def test_requests_with_options(judged: Judged) -> None:
    results = judged(
        RBAC
        + """
access:
- user: alice
  namespace: shop
  can: [list pods -l app=web, 'list pods --field-selector=spec.nodeName=n', get pods --subresource log, get pods x]
  cannot: [list pods -A, list pods --all-namespaces, list pods --namespace other, get pods --subresource=exec]
  determinedBy: RoleBinding shop/readers
- {user: Group devs, namespace: shop, can: [list pods]}
- {user: ServiceAccount shop/ci, namespace: shop, can: [list pods]}
- {user: User alice, namespace: shop, can: [list pods], determinedBy: ClusterRole}
"""
    )
    assert failures(results) == [
        "User alice may list pods by 'RoleBinding shop/readers -> Role/reader, rule 0', without 'ClusterRole'"
    ]


def test_selectors_reach_the_authorizers(judged: Judged) -> None:
    """A node may list the pods of its own name only."""
    results = judged(
        """
        users: {n1: {name: 'system:node:n1', groups: ['system:nodes']}}
        objects: [{apiVersion: v1, kind: Node, metadata: {name: n1}}]
        access:
        - user: n1
          can: [list pods -A --field-selector spec.nodeName=n1]
          cannot: [list pods -A --field-selector spec.nodeName=n2]
        """
    )
    assert failures(results) == []


def test_impersonation(judged: Judged) -> None:
    results = judged(
        RBAC
        + """
access:
- {user: boss, impersonating: alice, namespace: shop, can: [list pods], cannot: [delete pods]}
- {user: boss, impersonating: bob, namespace: shop, can: [list pods]}
decisions:
- user: alice
  impersonating: boss
  request: get pods
  decision: no-opinion
  reason: >-
    pods is forbidden: User "alice" cannot impersonate-on:user-info:get resource "pods" in API group "" in the namespace
    "default"
"""
    )
    assert failures(results) == ["boss as bob may not list pods"]
    assert 'User "boss" cannot impersonate' in results[2].explanation


def test_a_matrix_is_exact(judged: Judged) -> None:
    good = """
matrix:
- namespace: shop
  resources: all
  complete: true
  subjects:
    alice: {'pods, pods/log': get list}
    Group devs: &row {pods: [get, list], pods/log: get list}
    ServiceAccount shop/ci: *row
- {namespace: '*', verbs: [get, delete], resources: [nodes, pods], subjects: {alice: {}, 'Group system:masters': {'*': '*'}}}
"""
    assert failures(judged(RBAC + good)) == []
    less = failures(judged(RBAC + good.replace("'pods, pods/log': get list}", "pods: get watch}")))
    assert less == [
        "alice may not watch pods in shop",
        "alice may also: list pods, get pods/log, list pods/log",
    ]
    fewer = failures(judged(RBAC + good.replace("    ServiceAccount shop/ci: *row\n", "")))
    assert fewer == ["not in the matrix: ServiceAccount shop/ci"]


def test_invariants_of_all_namespaces(judged: Judged) -> None:
    results = judged(
        RBAC
        + """
invariants:
- name: pods
  requests: [get pods, list pods]
  namespace: '*'
  onlyUsers: ['al*']
  onlyGroups: [devs]
  onlyServiceAccounts: [shop/*]
- {request: get pods, namespace: '*', exceptBindings: [shop/readers]}
- {request: get pods, namespace: '*', exceptNamespaces: [shop]}
- {request: get pods, namespace: '*', onlyUsers: [alice]}
"""
    )
    assert failures(results) == ["also may: Group devs (get pods -n shop), ServiceAccount shop/ci (get pods -n shop)"]
    assert results[0].name == "pods"
    assert "a.kubegate.yaml:15:7: subjects[1]" in results[3].explanation


def test_whoever_may_read_one_secret_reads_secrets(judged: Judged) -> None:
    results = judged(
        """
        objects:
        - apiVersion: rbac.authorization.k8s.io/v1
          kind: Role
          metadata: {name: one, namespace: shop}
          rules: [{apiGroups: [""], resources: [secrets], resourceNames: [db], verbs: [get, create]}]
        - apiVersion: rbac.authorization.k8s.io/v1
          kind: RoleBinding
          metadata: {name: one, namespace: shop}
          roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: one}
          subjects: [{kind: User, name: eve, apiGroup: rbac.authorization.k8s.io}]
        invariants:
        - {request: get secrets, namespace: shop}
        - {request: get secrets other, namespace: shop}
        - {request: create secrets, namespace: shop}
        - {request: get pods, namespace: shop}
        """
    )
    assert failures(results) == ["also may: User eve (get secrets db -n shop)"]
    assert "through RoleBinding shop/one, Role shop/one, rule 0\n" in results[0].explanation


def test_an_invariant_does_not_hold_where_an_authorizer_cannot_be_asked(judged: Judged, tmp_path: Path) -> None:
    results = judged(
        """
        authorizationConfig: authorization.yaml
        invariants: [{request: get secrets, namespace: shop}]
        """,
        oracle__yaml="""
        apiVersion: v1
        kind: Config
        current-context: c
        contexts: [{name: c, context: {cluster: c, user: u}}]
        clusters: [{name: c, cluster: {server: 'https://oracle.invalid'}}]
        users: [{name: u, user: {}}]
        """,
        authorization__yaml=f"""
        apiVersion: apiserver.config.k8s.io/v1
        kind: AuthorizationConfiguration
        authorizers:
        - {{type: RBAC, name: rbac}}
        - type: Webhook
          name: oracle
          webhook:
            timeout: 1s
            failurePolicy: NoOpinion
            subjectAccessReviewVersion: v1
            matchConditionSubjectAccessReviewVersion: v1
            connectionInfo: {{type: KubeConfigFile, kubeConfigFile: {tmp_path}/oracle.yaml}}
        """,
    )
    assert [result.failure.split(":")[0] for result in results] == ["undecided"]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("access: [{user: a, can: [get pods -x]}]", "unknown option -x"),
        ("access: [{user: a, can: [get pods -n]}]", "-n needs a value"),
        ("access: [{user: a, can: ['get pods \"']}]", "No closing quotation"),
        ("access: [{user: a, can: [get pods -l 'a in']}]", "request \"get pods -l 'a in'\""),
        ("matrix: [{subjects: {a: {pods: gett}}}]", "a: pods: 'gett' is none of the matrix's verbs"),
        ("invariants: [{onlyUsers: [a]}]", "give request or requests"),
    ],
)
def test_what_cannot_be_asked(judged: Judged, spec: str, message: str) -> None:
    with pytest.raises(InvalidInput) as error:
        judged(spec)
    assert message in str(error.value)
