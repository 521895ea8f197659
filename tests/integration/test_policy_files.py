"""A running `kubegate serve` follows the files that its authorization is made from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.conftest import Kubegate, Running, eventually

CONFIGURATION = """
apiVersion: apiserver.config.k8s.io/v1
kind: AuthorizationConfiguration
authorizers:
- {type: AccessPolicy, name: accesspolicy, accessPolicy: {paths: [POLICIES]}}
- {type: RBAC, name: rbac}
"""

READERS = """
apiVersion: policy.kubegate.dev/v1alpha1
kind: AccessPolicy
metadata: {name: readers}
spec:
  effect: Allow
  subjects: [{kind: User, name: USER}]
  rules: [{verbs: [list], apiGroups: [""], resources: [configmaps]}]
"""


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("policies")


@pytest.fixture(scope="module")
def server(kubegate: Kubegate, policies: Path) -> Running:
    (policies / "access").mkdir()
    (policies / "access" / "readers.yaml").write_text(READERS.replace("USER", "somebody"))
    (policies / "tokens.csv").write_text("alices-token,alice,1\n")
    (policies / "authorization.yaml").write_text(CONFIGURATION.replace("POLICIES", str(policies / "access")))
    return kubegate.serve(
        f"--authorization-config={policies / 'authorization.yaml'}",
        f"--token-auth-file={policies / 'tokens.csv'}",
    )


def replace(path: Path, text: str) -> None:
    """In one step: the server does not read half of it."""
    new = path.with_name("next")
    new.write_text(text)
    new.replace(path)


def code(server: Running) -> int:
    return server.ask("/api/v1/configmaps", token="alices-token")[0]


def test_policies_are_followed_and_the_last_good_ones_kept(server: Running, policies: Path) -> None:
    assert code(server) == 403
    readers = policies / "access" / "readers.yaml"
    replace(readers, READERS.replace("USER", "alice"))
    eventually(lambda: code(server) == 200)

    replace(readers, READERS.replace("USER", "alice").replace("effect: Allow", "effect: Perhaps"))
    eventually(lambda: "the configuration stays as it was" in server.log.read_text())
    eventually(lambda: "readers.yaml:6" in server.log.read_text())
    assert code(server) == 200

    replace(readers, READERS.replace("USER", "somebody"))
    eventually(lambda: code(server) == 403)


def test_the_chain_itself_is_followed(server: Running, policies: Path) -> None:
    replace(policies / "access" / "readers.yaml", READERS.replace("USER", "alice"))
    eventually(lambda: code(server) == 200)
    rbac_only = [line for line in CONFIGURATION.splitlines() if "AccessPolicy" not in line]
    replace(policies / "authorization.yaml", "\n".join(rbac_only))
    eventually(lambda: code(server) == 403)


def test_the_types_that_a_server_started_with_stay(server: Running, policies: Path) -> None:
    head = CONFIGURATION.partition("authorizers:")[0]
    replace(policies / "authorization.yaml", head + "authorizers: [{type: AlwaysAllow, name: alwaysallow}]\n")
    eventually(lambda: "missing required types: [RBAC]" in server.log.read_text())
    assert code(server) == 403
