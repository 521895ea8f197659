"""An unmodified kubectl does its everyday work against a started server with scheduler, controllers and nodes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

BINARY = shutil.which("kubectl")
pytestmark = pytest.mark.skipif(BINARY is None, reason="no kubectl on this machine")

Kubectl = Callable[..., subprocess.CompletedProcess[str]]

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: nginx, image: "nginx:1.25", ports: [{containerPort: 80}]}]
"""
READER = """
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: jane}]
"""


@pytest.fixture(scope="module")
def kubectl(kubegate: Any, tmp_path_factory: pytest.TempPathFactory, eventually: Callable[..., None]) -> Kubectl:
    home = tmp_path_factory.mktemp("home")
    kubegate.serve("--scheduler", "--controllers=*", "--hollow-nodes=2")
    environment = {**os.environ, "HOME": str(home), "KUBECONFIG": str(kubegate.kubeconfig())}

    def run(*arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        command = [str(BINARY), *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=120, env=environment)

    assert run("create", "namespace", "demo").stdout == "namespace/demo created\n"
    taints = "jsonpath={range .items[*]}{.metadata.name}:{.spec.taints} {end}"
    eventually(lambda: run("get", "nodes", "-o", taints).stdout == "hollow-0: hollow-1: ")  # both take pods
    return run


@pytest.fixture(scope="module")
def web(kubectl: Kubectl) -> None:
    """A Deployment that runs."""
    deploy(kubectl, "demo")


def deploy(kubectl: Kubectl, namespace: str) -> None:
    assert kubectl("-n", namespace, "apply", "-f", "-", stdin=DEPLOYMENT).stdout == "deployment.apps/web created\n"
    done = kubectl("-n", namespace, "wait", "--for=condition=Available", "deployment/web", "--timeout=60s")
    assert done.stdout == "deployment.apps/web condition met\n", done.stderr


@pytest.mark.usefixtures("web")
def test_pods_of_a_deployment_come_to_run_on_nodes(kubectl: Kubectl) -> None:
    wide = kubectl("-n", "demo", "get", "pods", "-l", "app=web", "-o", "wide", "--no-headers").stdout.splitlines()
    assert [row.split()[1:3] for row in wide] == [["1/1", "Running"]] * 2
    nodes = kubectl("get", "nodes", "-o", "name").stdout.split()
    assert {f"node/{row.split()[6]}" for row in wide} == set(nodes)


@pytest.mark.usefixtures("web")
def test_the_forms_of_output(kubectl: Kubectl) -> None:
    found = json.loads(kubectl("-n", "demo", "get", "deployment", "web", "-o", "json").stdout)
    assert found["status"]["readyReplicas"] == 2
    assert "kind: Deployment\n" in kubectl("-n", "demo", "get", "deployment", "web", "-o", "yaml").stdout
    path = "jsonpath={.items[*].spec.template.spec.containers[0].image}"
    assert kubectl("-n", "demo", "get", "deployments", "-l", "app=web", "-o", path).stdout == "nginx:1.25"
    columns = "custom-columns=N:.metadata.name,R:.spec.replicas"
    assert kubectl("-n", "demo", "get", "deployments", "-o", columns, "--no-headers").stdout.split() == ["web", "2"]


def test_changes(kubectl: Kubectl) -> None:
    assert kubectl("create", "namespace", "changing").returncode == 0
    deploy(kubectl, "changing")
    for arguments, said in (
        (("apply", "-f", "-"), "deployment.apps/web unchanged\n"),
        (("label", "deployment", "web", "tier=front"), "deployment.apps/web labeled\n"),
        (("annotate", "deployment", "web", "note=x"), "deployment.apps/web annotated\n"),
        (
            ("patch", "deployment", "web", "-p", '{"spec":{"minReadySeconds":0}}'),
            "deployment.apps/web patched (no change)\n",
        ),
        (("patch", "deployment", "web", "--type=json", "-p", '[{"op":"remove","path":"/metadata/annotations/note"}]'), None),
        (("set", "image", "deployment/web", "nginx=nginx:1.26", "--dry-run=server"), None),
        (("scale", "deployment", "web", "--replicas=3"), "deployment.apps/web scaled\n"),
        (("rollout", "status", "deployment/web", "--timeout=60s"), None),
    ):
        done = kubectl("-n", "changing", *arguments, stdin=DEPLOYMENT)
        assert done.returncode == 0, done.stderr
        assert said is None or done.stdout == said
    found = json.loads(kubectl("-n", "changing", "get", "deployment", "web", "-o", "json").stdout)
    assert found["metadata"]["labels"] == {"app": "web", "tier": "front"}
    assert "note" not in found["metadata"]["annotations"]
    assert found["spec"]["template"]["spec"]["containers"][0]["image"] == "nginx:1.25"  # that was a dry run
    assert found["status"]["readyReplicas"] == 3


def test_what_a_reader_may(kubectl: Kubectl) -> None:
    assert kubectl("-n", "demo", "apply", "-f", "-", stdin=READER).returncode == 0
    jane = ("-n", "demo", "--as=jane")
    assert kubectl(*jane, "auth", "can-i", "list", "pods").stdout == "yes\n"
    refused = kubectl(*jane, "auth", "can-i", "delete", "pods")
    assert (refused.stdout, refused.returncode) == ("no\n", 1)
    assert kubectl(*jane, "get", "pods").returncode == 0
    assert kubectl(*jane, "get", "secrets").stderr == (
        'Error from server (Forbidden): secrets is forbidden: User "jane" cannot list resource "secrets" '
        'in API group "" in the namespace "demo"\n'
    )
    assert "jane" in kubectl(*jane, "auth", "whoami").stdout


def test_a_token_is_somebody(kubectl: Kubectl, kubegate: Any) -> None:
    assert kubectl("-n", "demo", "create", "serviceaccount", "robot").returncode == 0
    token = kubectl("-n", "demo", "create", "token", "robot", "--duration=10m").stdout.strip()
    server = ("--kubeconfig=/dev/null", f"--server={kubegate.made[-1].url}", "--insecure-skip-tls-verify")
    who = kubectl(*server, f"--token={token}", "auth", "whoami", "-o", "jsonpath={.status.userInfo.username}")
    assert who.stdout == "system:serviceaccount:demo:robot"
    assert kubectl(*server, f"--token={token}x", "auth", "whoami").returncode == 1


def test_a_dry_run_writes_nothing(kubectl: Kubectl) -> None:
    made = kubectl("-n", "demo", "create", "configmap", "c", "--from-literal=k=v", "--dry-run=server", "-o", "yaml")
    assert "uid:" in made.stdout
    assert kubectl("-n", "demo", "get", "configmap", "c").returncode == 1


def test_mistakes_are_named(kubectl: Kubectl) -> None:
    wrong = DEPLOYMENT.replace("metadata: {name: web,", "metdata: {}\nmetadata: {name: other,")
    done = kubectl("-n", "demo", "create", "-f", "-", stdin=wrong)
    assert 'strict decoding error: unknown field "metdata"' in done.stderr


def test_a_watch_sees_changes(kubectl: Kubectl, kubegate: Any, tmp_path: Path) -> None:
    assert kubectl("-n", "demo", "create", "configmap", "seen").returncode == 0
    command = [str(BINARY), "-n", "demo", "get", "configmap", "seen", "--watch", "-o", "jsonpath={.data.k};"]
    environment = {**os.environ, "HOME": str(tmp_path), "KUBECONFIG": str(kubegate.kubeconfig())}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as watching:
        assert watching.stdout is not None
        assert watching.stdout.read(1) == ";"
        assert kubectl("-n", "demo", "patch", "configmap", "seen", "-p", '{"data":{"k":"v"}}').returncode == 0
        assert watching.stdout.read(2) == "v;"
        watching.kill()


def test_what_there_is(kubectl: Kubectl) -> None:
    assert "deployments" in kubectl("api-resources", "--api-group=apps").stdout
    assert "FIELD: containers" in kubectl("explain", "pod.spec.containers").stdout
    assert "v1.apps" in kubectl("get", "apiservices", "-o", "name").stdout


def test_deletion(kubectl: Kubectl) -> None:
    assert kubectl("create", "namespace", "passing").returncode == 0
    deploy(kubectl, "passing")
    assert 'deployment.apps "web" deleted' in kubectl("-n", "passing", "delete", "deployment", "web").stdout
    gone = kubectl("-n", "passing", "wait", "--for=delete", "pod", "-l", "app=web", "--timeout=60s")
    assert gone.returncode == 0, gone.stderr
    assert 'namespace "passing" deleted' in kubectl("delete", "namespace", "passing", "--timeout=60s").stdout
