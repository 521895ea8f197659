"""What a dump of a cluster must not hold, in any field."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from kubegate.analysis.snapshot import KINDS
from kubegate.analysis.snapshot_redaction import REDACTED, redact

SECRET = "hunter2"
HANDLER = {
    "exec": {"command": ["check", SECRET]},
    "httpGet": {"path": f"/t/{SECRET}?k={SECRET}", "port": 80, "host": "h", "httpHeaders": [{"name": "A", "value": SECRET}]},
}
SECURITY = {"privileged": True, "windowsOptions": {"gmsaCredentialSpec": SECRET}}
CONTAINER = {
    "name": "c",
    "command": ["run", f"--token={SECRET}"],
    "args": [SECRET],
    "env": [{"name": "P", "value": SECRET}, {"name": "S", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
    "livenessProbe": HANDLER,
    "readinessProbe": HANDLER,
    "startupProbe": HANDLER,
    "lifecycle": {"postStart": HANDLER, "preStop": HANDLER, "stopSignal": "SIGTERM"},
    "securityContext": SECURITY,
}
ENDED = {
    "name": "c",
    "ready": True,
    "state": {"terminated": {"message": SECRET}},
    "lastState": {"terminated": {"message": SECRET}},
}
POD: Any = {
    "spec": {
        "containers": [CONTAINER],
        "initContainers": [CONTAINER],
        "ephemeralContainers": [CONTAINER],
        "nodeName": "n",
        "securityContext": SECURITY,
        "volumes": [
            {
                "name": "a",
                "csi": {"driver": "d", "volumeAttributes": {"password": SECRET}, "nodePublishSecretRef": {"name": "s"}},
            },
            {"name": "b", "flexVolume": {"driver": "d", "options": {"password": SECRET}}},
            {"name": "c", "gitRepo": {"repository": f"https://me:{SECRET}@git.example/x"}},
            {"name": "d", "secret": {"secretName": "s"}},
        ],
    },
    "status": {
        "phase": "Failed",
        "message": SECRET,
        "conditions": [{"type": "Ready", "status": "False", "message": SECRET}],
        "containerStatuses": [ENDED],
        "initContainerStatuses": [ENDED],
        "ephemeralContainerStatuses": [ENDED],
        "resourceClaimStatuses": [{"name": "r", "resourceClaimName": "c"}],
    },
}
VOLUME = {
    "csi": {"driver": "d", "volumeHandle": "h", "volumeAttributes": {"password": SECRET}},
    "mountOptions": [f"password={SECRET}"],
    "claimRef": {"name": "c"},
}
OBJECTS: dict[str, Any] = {
    "Pod": POD,
    "PersistentVolume": {"spec": VOLUME, "status": {"phase": "Failed", "message": SECRET}},
    "StorageClass": {"provisioner": "p", "parameters": {"restuserkey": SECRET}, "mountOptions": [f"password={SECRET}"]},
    "VolumeAttachment": {
        "spec": {"nodeName": "n", "source": {"inlineVolumeSpec": VOLUME}},
        "status": {"attached": True, "attachmentMetadata": {"k": SECRET}, "attachError": {"message": SECRET}},
    },
}
METADATA = {
    "name": "x",
    "labels": {"app": "shop"},
    "managedFields": [{"manager": SECRET}],
    "annotations": {
        "kubectl.kubernetes.io/last-applied-configuration": SECRET,
        "kapp.k14s.io/original": '{"spec":"' + SECRET + '"}',
        "objectset.rio.cattle.io/applied": "H4sI" + SECRET * 40,
        "notes": f"first\n{SECRET}",
        "scheduler.alpha.kubernetes.io/node-selector": "disk=ssd",
    },
}


def redacted(kind: str) -> Any:
    return redact({"apiVersion": "v1", "kind": kind, "metadata": METADATA, **OBJECTS.get(kind, {})})


@pytest.mark.parametrize("kind", sorted({kind.kind for kind in KINDS}))
def test_nothing_secret_is_asked_for_or_kept(kind: str) -> None:
    assert kind not in ("Secret", "ConfigMap")
    before = orjson.dumps([METADATA, OBJECTS])
    assert SECRET not in orjson.dumps(redacted(kind)).decode()
    assert orjson.dumps([METADATA, OBJECTS]) == before  # what was given is left as it was


def test_what_decisions_need_is_kept() -> None:
    pod = redacted("Pod")
    spec, [container] = pod["spec"], pod["spec"]["containers"]
    assert (spec["nodeName"], pod["status"]["phase"], pod["metadata"]["labels"]) == ("n", "Failed", {"app": "shop"})
    assert container["env"][1] == CONTAINER["env"][1]  # type: ignore[index]
    assert container["env"][0] == {"name": "P", "value": REDACTED}
    assert container["securityContext"]["privileged"] is True
    assert container["lifecycle"]["preStop"]["httpGet"]["host"] == "h"
    assert container["lifecycle"]["stopSignal"] == "SIGTERM"
    assert spec["volumes"][0]["csi"]["nodePublishSecretRef"] == {"name": "s"}
    assert spec["volumes"][3] == POD["spec"]["volumes"][3]
    assert pod["status"]["resourceClaimStatuses"] == POD["status"]["resourceClaimStatuses"]
    assert redacted("PersistentVolume")["spec"]["claimRef"] == {"name": "c"}
    assert redacted("VolumeAttachment")["spec"]["nodeName"] == "n"


@pytest.mark.parametrize(
    ("kind", "key", "value", "kept"),
    [
        ("Pod", "kubernetes.io/config.mirror", "abc", True),
        ("Pod", "container.apparmor.security.beta.kubernetes.io/c", "unconfined", True),
        ("Pod", "token", "abc", False),
        ("Pod", "evilkubernetes.io/token", "abc", False),
        ("Namespace", "owner", "team-a", True),
        ("Namespace", "owner", '{"kind":"Secret"}', False),
        ("Namespace", "owner", "x" * 200, False),
        ("Role", "kubegate.dev/lint", "ignore", True),
    ],
)
def test_annotations(kind: str, key: str, value: str, kept: bool) -> None:
    found = redact({"kind": kind, "metadata": {"name": "x", "annotations": {key: value}}})
    assert found["metadata"]["annotations"] == {key: value if kept else REDACTED}


def test_without_annotations_there_are_none() -> None:
    assert redact({"kind": "Node", "metadata": {"name": "x"}}) == {"kind": "Node", "metadata": {"name": "x"}}
