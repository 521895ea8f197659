"""The fixture ``api_server`` with the official client: a real server, fresh for each test."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client as official
from kubernetes import watch as official_watch

from kubegate.compose.options import Options
from kubegate.compose.surroundings import Surroundings
from kubegate.errors import ConfigurationError
from kubegate.testing.api_server import ApiServer
from kubegate.testing.api_server import api_server as start
from kubegate.testing.people import Users

ROLE = {
    "metadata": {"name": "reader"},
    "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]}],
}
BINDING = {
    "metadata": {"name": "b"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
    "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "devs"}],
}
WIDGETS = """
apiVersion: example.com/v1
kind: Widget
metadata: {name: first, namespace: default}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
"""
CONFIG_MAP = {"metadata": {"name": "a"}, "data": {"k": "v"}}


@pytest.mark.parametrize("round_", range(3))
def test_each_test_finds_it_fresh(api_server: ApiServer, round_: int) -> None:
    with api_server.client() as client:
        core = official.CoreV1Api(client)
        core.create_namespace({"metadata": {"name": "shop"}})
        core.create_namespaced_config_map("shop", CONFIG_MAP)
        core.patch_namespace("default", {"metadata": {"labels": {"round": str(round_)}}})
        official.RbacAuthorizationV1Api(client).delete_cluster_role("view")


def test_pods_can_be_made_without_controllers(api_server: ApiServer) -> None:
    with api_server.client() as client:
        core = official.CoreV1Api(client)
        pod = {"metadata": {"name": "web"}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
        made: Any = core.create_namespaced_pod("default", pod)
        assert made.status.phase == "Pending"
        assert core.read_namespace("default").metadata.labels == {"kubernetes.io/metadata.name": "default"}


def test_users_have_what_rbac_gives_them(api_server: ApiServer) -> None:
    with api_server.client() as admin, api_server.client("alice", ["devs"]) as alice:
        official.CoreV1Api(admin).create_namespaced_config_map("default", CONFIG_MAP)
        rbac = official.RbacAuthorizationV1Api(admin)
        rbac.create_namespaced_role("default", ROLE)
        rbac.create_namespaced_role_binding("default", BINDING)
        core = official.CoreV1Api(alice)
        assert core.read_namespaced_config_map("a", "default").data == {"k": "v"}
        with pytest.raises(official.ApiException, match="cannot list resource"):
            core.list_namespaced_config_map("default")
        api_server.reset()
        with pytest.raises(official.ApiException, match="cannot get resource"):
            core.read_namespaced_config_map("a", "default")


def test_watches_see_the_reset(api_server: ApiServer) -> None:
    with api_server.client() as client:
        core = official.CoreV1Api(client)
        made: Any = core.create_namespaced_config_map("default", CONFIG_MAP)
        threading.Timer(0.1, api_server.reset).start()
        stream = official_watch.Watch()
        options = {"resource_version": made.metadata.resource_version, "timeout_seconds": 60}
        event = next(stream.stream(core.list_namespaced_config_map, "default", **options))
        assert (event["type"], event["object"].metadata.name) == ("DELETED", "a")


def test_custom_resources_go_with_the_test(api_server: ApiServer, tmp_path: Path) -> None:
    (tmp_path / "widgets.yaml").write_text(WIDGETS)
    assert api_server.apply(tmp_path) == 2  # the definition, and an object of the new kind
    with api_server.client() as client:
        custom = official.CustomObjectsApi(client)
        widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}}
        custom.create_namespaced_custom_object("example.com", "v1", "default", "widgets", widget)
        api_server.reset()
        with pytest.raises(official.ApiException) as error:
            custom.list_namespaced_custom_object("example.com", "v1", "default", "widgets")
        assert error.value.status == 404


def test_users_by_the_fixture(api_server: ApiServer, users: Users) -> None:
    account = users.service_account("shop", "robot")
    with api_server.client(account) as robot:
        review: Any = official.AuthenticationV1Api(robot).create_self_subject_review({})
    found = review.status.user_info
    assert (found.username, set(found.groups)) == (account.name, set(account.groups))


def test_the_kubeconfig_is_of_the_server(api_server: ApiServer) -> None:
    document = yaml.safe_load(api_server.kubeconfig.read_text())
    assert document["clusters"][0]["cluster"]["server"] == api_server.url
    assert api_server.kubeconfig_of("alice").stat().st_mode & 0o777 == 0o600


def uids(api_server: ApiServer) -> list[str]:
    with api_server.client() as client:
        core = official.CoreV1Api(client)
        made = [core.create_namespaced_config_map("default", {"metadata": {"generateName": "a-"}}) for _ in range(2)]
        service: Any = core.create_namespaced_service(
            "default", {"metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}]}}
        )
        found = [text for obj in made for text in (obj.metadata.name, obj.metadata.uid)]
        return [*found, service.spec.cluster_ip]


def test_identities_are_the_same_after_each_reset(api_server: ApiServer) -> None:
    first = uids(api_server)
    api_server.reset()
    assert uids(api_server) == first and len(set(first)) == 5


def test_objects_go_by_the_clock(api_server: ApiServer) -> None:
    with api_server.client() as client:
        core = official.CoreV1Api(client)
        api_server.clock.set("2031-02-03T04:05:06Z")
        made: Any = core.create_namespaced_config_map("default", CONFIG_MAP)
        times = {made.metadata.creation_timestamp, made.metadata.managed_fields[0].time}
        assert {moment.isoformat() for moment in times} == {"2031-02-03T04:05:06+00:00"}
        api_server.clock.advance(hours=25)
        accept = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}
        path = "/api/v1/namespaces/default/configmaps/a"
        answer = client.rest_client.request("GET", f"{api_server.url}{path}", headers=accept)
        table = json.loads(answer.read())
        assert table["rows"][0]["cells"][2] == "25h"


@pytest.mark.kubegate(clock="2031-02-03T04:05:06Z")
def test_the_marker_stops_the_clock(api_server: ApiServer) -> None:
    assert api_server.clock.now().year == 2031
    api_server.reset()
    assert api_server.clock.now().year != 2031


def test_tokens_go_by_the_clock(api_server: ApiServer) -> None:
    with api_server.as_service_account("default", "robot") as robot, robot.client() as client:
        api_server.clock.advance(days=365 * 9)
        official.VersionApi(client).get_code()
        api_server.clock.advance(days=365 * 2)
        with pytest.raises(official.ApiException) as error:
            official.VersionApi(client).get_code()
        assert error.value.status == 401


def test_requests_are_recorded(api_server: ApiServer) -> None:
    with api_server.client("alice") as alice:
        with pytest.raises(official.ApiException):
            official.CoreV1Api(alice).list_node()
        official.VersionApi(alice).get_code()
    seen = [(str(request), request.sender.name, request.unauthorized) for request in api_server.requests]
    assert seen == [("403 GET /api/v1/nodes", "alice", True), ("200 GET /version/", "alice", False)]


def test_manifests(api_server: ApiServer, tmp_path: Path) -> None:
    (tmp_path / "objects.yaml").write_text("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}")
    assert api_server.apply(tmp_path) == 1
    assert "shop" in [namespace["metadata"]["name"] for namespace in api_server.objects("namespaces")]


def test_manifests_that_the_server_refuses(api_server: ApiServer, tmp_path: Path) -> None:
    path = tmp_path / "objects.yaml"
    path.write_text("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: nowhere}}")
    with pytest.raises(ConfigurationError, match=r'^ConfigMap a: namespaces "nowhere" not found$'):
        api_server.apply(path)
    path.write_text("{apiVersion: example.com/v1, kind: Widget, metadata: {name: a}}")
    with pytest.raises(ConfigurationError, match=r'^Widget a: no kind "Widget" is served in version "example\.com/v1"$'):
        api_server.apply(path)


def test_two_servers_do_not_meet(api_server: ApiServer, tmp_path: Path) -> None:
    with start(tmp_path, {"authorization_mode": ["AlwaysAllow"]}) as other:
        assert other.url != api_server.url
        with other.client("nobody") as nobody:
            official.CoreV1Api(nobody).create_namespaced_config_map("default", CONFIG_MAP)
        with api_server.client() as client:
            assert "a" not in [
                item.metadata.name for item in official.CoreV1Api(client).list_namespaced_config_map("default").items
            ]


@pytest.mark.parametrize(
    ("flags", "message"), [({"no_such_flag": 1}, "unknown flag: no_such_flag"), ({"scheduler": "perhaps"}, "scheduler: ")]
)
def test_wrong_flags(tmp_path: Path, flags: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message), start(tmp_path, flags):
        pass


@pytest.mark.parametrize(("message", "tries"), [("cannot listen on 127.0.0.1:1: in use", 3), ("another reason", 1)])
def test_a_port_that_was_taken_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, message: str, tries: int) -> None:
    ports: list[int] = []

    def refused(options: Options, surroundings: Surroundings) -> Any:
        ports.append(options.serving.secure_port)
        raise ConfigurationError(message)

    monkeypatch.setattr("kubegate.testing.api_server.running", refused)
    with pytest.raises(ConfigurationError, match=message), start(tmp_path):
        pass
    assert len(ports) == tries
