"""Suites that pytest collects: their cases are tests, failures explain themselves and say where they stand."""

from __future__ import annotations

from typing import Any

pytest_plugins = ["pytester"]

SUITE = """
apiVersion: testing.kubegate.dev/v1alpha1
kind: PolicySuite
spec:
  objects:
  - apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRole
    metadata: {name: reader}
    rules:
    - {apiGroups: [""], resources: [pods], verbs: [get]}
  - apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRoleBinding
    metadata: {name: reader}
    roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
    subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: alice}]
  access:
  - user: alice
    can:
    - get pods
    - list pods
"""


def test_cases_are_tests(inner_pytest: Any) -> None:
    inner_pytest.write({"pods.kubegate.yaml": SUITE})
    result = inner_pytest.run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*pods.kubegate.yaml:20: alice may not list pods",
            "*nearest miss: ClusterRoleBinding reader gives ClusterRole reader*",
        ]
    )


def test_a_wrong_suite_is_said_in_a_line(inner_pytest: Any) -> None:
    inner_pytest.write({"pods.kubegate.yaml": SUITE.replace("can:", "may:")})
    result = inner_pytest.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*pods.kubegate.yaml:18*spec.access[[]0[]].may*unknown field 'may'*"])
    result.stdout.no_fnmatch_line("*Traceback*")
