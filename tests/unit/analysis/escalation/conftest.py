"""A cluster of a few manifests, and the paths in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubegate.analysis.escalation.model import Path as Found
from kubegate.analysis.escalation.paths import find_paths
from kubegate.analysis.escalation.starts import starts
from kubegate.analysis.escalation.world import World
from kubegate.compose.admit import AdmitOptions
from kubegate.compose.dry_run import DryRunOptions, build_engine
from kubegate.compose.escalation import build_world

RBAC = "rbac.authorization.k8s.io"


class Cluster:
    """What `kubegate escalate` sees."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.starts = starts(world)

    def paths(self, subject: str = "User eve") -> list[Found]:
        """The paths of a subject; each of their requests is one that the engine allows."""
        found = [path for path in find_paths(self.world, self.starts) if str(path.subject) == subject]
        for path in found:
            for hop in path.hops:
                assert self.world.allows(*hop.requests), hop.text
        return found

    def reaches(self, subject: str = "User eve") -> dict[str, list[str]]:
        """Target -> the texts of the steps."""
        return {path.target.value: [hop.text for hop in path.hops] for path in self.paths(subject)}


@pytest.fixture
def cluster(tmp_path: Path) -> Callable[..., Cluster]:
    """Make a cluster of objects."""

    def make(*objects: dict[str, Any], modes: tuple[str, ...] = (), admission: bool = True) -> Cluster:
        file = tmp_path / "state.yaml"
        file.write_text(yaml.safe_dump_all(objects))
        engine = build_engine(DryRunOptions(filenames=(str(file),), authorization_mode=modes))
        return Cluster(build_world(engine, AdmitOptions() if admission else None))

    return make


class Make:
    """Objects in few words."""

    @staticmethod
    def rule(verbs: str, resources: str, group: str = "", names: str = "") -> dict[str, Any]:
        made: dict[str, Any] = {"verbs": verbs.split(), "resources": resources.split(), "apiGroups": [group]}
        return made | ({"resourceNames": names.split()} if names else {})

    @staticmethod
    def role(name: str, *rules: dict[str, Any]) -> dict[str, Any]:
        return {"apiVersion": f"{RBAC}/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": list(rules)}

    @staticmethod
    def binding(name: str, role: str, subject: dict[str, Any], namespace: str = "") -> dict[str, Any]:
        return {
            "apiVersion": f"{RBAC}/v1",
            "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
            "metadata": {"name": name} | ({"namespace": namespace} if namespace else {}),
            "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
            "subjects": [subject],
        }

    @staticmethod
    def user(name: str, kind: str = "User") -> dict[str, Any]:
        return {"apiGroup": RBAC, "kind": kind, "name": name}

    @staticmethod
    def account(name: str, namespace: str) -> dict[str, Any]:
        return {"kind": "ServiceAccount", "name": name, "namespace": namespace}

    def eve(self, *rules: dict[str, Any], namespace: str = "") -> list[dict[str, Any]]:
        """What eve may do, in the cluster or in a namespace."""
        name = f"eve-{namespace}" if namespace else "eve"
        return [self.role(name, *rules), self.binding(name, name, self.user("eve"), namespace)]

    @staticmethod
    def namespace(name: str, **labels: str) -> dict[str, Any]:
        found = {f"pod-security.kubernetes.io/{key}": value for key, value in labels.items()}
        return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": found}}

    @staticmethod
    def pod(name: str, namespace: str, account: str = "default", node: str = "", **container: Any) -> dict[str, Any]:
        spec: dict[str, Any] = {"containers": [{"name": "c", "image": "i", **container}], "serviceAccountName": account}
        if node:
            spec["nodeName"] = node
        return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace}, "spec": spec}

    @staticmethod
    def deployment(name: str, namespace: str, account: str = "default") -> dict[str, Any]:
        labels = {"app": name}
        spec = {"serviceAccountName": account, "containers": [{"name": "c", "image": "i"}]}
        return {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": spec}},
        }

    @staticmethod
    def node(name: str, **labels: str) -> dict[str, Any]:
        return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}}


@pytest.fixture(scope="session")
def make() -> Make:
    """Makes objects."""
    return Make()
