"""What a dump of a cluster holds, and what it must not."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
import pytest

from kubegate.analysis.snapshot import KINDS, redact, take
from kubegate.errors import Unavailable


@dataclass
class Said:
    status: int
    body: bytes


def cluster(pages):
    """A fake: path -> (status, document)."""
    asked = []

    def get(path):
        asked.append(path)
        status, document = pages.get(path, (404, {}))
        return Said(status, orjson.dumps(document))

    return get, asked


ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles?limit=250"


def named(name):
    return {"metadata": {"name": name}}


def test_every_page_is_read_and_items_say_what_they_are():
    pages = {
        ROLES: (200, {"metadata": {"continue": "a=b"}, "items": [named("x")]}),
        f"{ROLES}&continue=a%3Db": (200, {"metadata": {}, "items": [named("y")]}),
    }
    get, asked = cluster(pages)
    snapshot = take(get)
    assert [(obj["kind"], obj["metadata"]["name"]) for obj in snapshot.objects] == [
        ("ClusterRole", "x"),
        ("ClusterRole", "y"),
    ]
    assert snapshot.objects[0]["apiVersion"] == "rbac.authorization.k8s.io/v1"
    assert len(asked) == len(KINDS) + 1
    assert snapshot.missing == {}


def test_what_may_not_be_read_is_named():
    forbidden = {ROLES: (403, {"message": "clusterroles is forbidden"})}
    get, _ = cluster({**forbidden, "/apis/rbac.authorization.k8s.io/v1": (200, {})})
    assert take(get).missing == {"ClusterRole": "clusterroles is forbidden"}


def test_what_the_cluster_does_not_have_is_no_loss_though_it_is_refused():
    """Authorization comes before the path is looked at."""
    get, _ = cluster({ROLES: (403, {"message": "clusterroles is forbidden"})})
    assert take(get).missing == {}


def test_refused_credentials_are_an_error():
    get, _ = cluster({"/api/v1/namespaces?limit=250": (401, {})})
    with pytest.raises(Unavailable):
        take(get)


def test_nothing_secret_is_asked_for_or_kept():
    assert not {"Secret", "ConfigMap"} & {kind.kind for kind in KINDS}
    container = {
        "name": "c",
        "command": ["run", "--token=hunter2"],
        "args": ["hunter2"],
        "env": [{"name": "P", "value": "hunter2"}, {"name": "S", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
    }
    metadata = {
        "name": "p",
        "managedFields": [{"manager": "hunter2"}],
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "hunter2", "kept": "yes"},
    }
    spec = {"containers": [container], "initContainers": [container], "ephemeralContainers": [container], "nodeName": "n"}
    pod = redact({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    assert b"hunter2" not in orjson.dumps(pod)
    assert pod["metadata"]["annotations"] == {"kept": "yes"}
    assert pod["spec"]["nodeName"] == "n"
    assert pod["spec"]["containers"][0]["env"][1] == container["env"][1]
    assert container["command"]  # what was given is left as it was
