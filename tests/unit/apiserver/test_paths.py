"""What is no resource: health, version, discovery, metrics; and who may see what."""

from __future__ import annotations

import re

import pytest

from kubegate.apiserver.health import Health
from kubegate.testing.http_client import Client

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


@pytest.mark.parametrize("endpoint", ["healthz", "livez", "readyz"])
def test_health(client: Client, endpoint: str) -> None:
    anonymous = client.as_user("")
    assert anonymous("GET", f"/{endpoint}").body == "ok"
    report = anonymous("GET", f"/{endpoint}?verbose").body
    assert report.startswith("[+]ping ok\n") and report.endswith(f"{endpoint} check passed\n")
    assert client("GET", f"/{endpoint}/ping").body == "ok"
    assert client("GET", f"/{endpoint}/nope").code == 404


def test_a_failing_check_fails_the_endpoint() -> None:
    health = Health(store_works=lambda: False, stopping=lambda: True)
    assert not health.passes("etcd")
    assert not health.passes("shutdown")
    assert health.passes("ping")


def test_version(client: Client) -> None:
    assert client("GET", "/version").body["gitVersion"].startswith("v1.36")


def test_legacy_discovery(client: Client) -> None:
    groups = {group["name"] for group in client("GET", "/apis").body["groups"]}
    assert {"apps", "batch", "rbac.authorization.k8s.io"} <= groups
    pods = {row["name"]: row for row in client("GET", "/api/v1").body["resources"]}
    assert pods["pods"]["shortNames"] == ["po"]
    assert pods["pods/eviction"]["group"] == "policy"
    assert client("GET", "/apis/apps").body["preferredVersion"]["version"] == "v1"
    assert client("GET", "/apis/nope.example.com").code == 404


def test_aggregated_discovery(client: Client) -> None:
    answer = client("GET", "/apis", Accept=AGGREGATED)
    assert answer.headers["Content-Type"] == AGGREGATED
    apps = next(item for item in answer.body["items"] if item["metadata"]["name"] == "apps")
    deployments = next(row for row in apps["versions"][0]["resources"] if row["resource"] == "deployments")
    assert {sub["subresource"] for sub in deployments["subresources"]} == {"scale", "status"}
    assert client("GET", "/api", Accept=AGGREGATED).body["items"][0]["metadata"] == {}


@pytest.mark.parametrize(
    ("method", "path", "code", "message"),
    [
        ("GET", "/foo", 403, 'forbidden: User "nobody" cannot get path "/foo"'),
        ("POST", "/metrics", 403, 'forbidden: User "nobody" cannot post path "/metrics"'),
        (
            "GET",
            "/api/v1/namespaces/ns/pods/p/log",
            403,
            'pods "p" is forbidden: User "nobody" cannot get resource "pods/log" in API group "" in the namespace "ns"',
        ),
        (
            "DELETE",
            "/apis/apps/v1/deployments",
            403,
            'deployments.apps is forbidden: User "nobody" cannot deletecollection resource "deployments" in API group '
            '"apps" at the cluster scope',
        ),
    ],
)
def test_forbidden(client: Client, method: str, path: str, code: int, message: str) -> None:
    answer = client.as_user("nobody-token")(method, path)
    assert (answer.code, answer.body["message"]) == (code, message)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_bad_credentials_are_not_anonymous(client: Client) -> None:
    answer = client.as_user("wrong")("GET", "/healthz")
    assert (answer.code, answer.body["message"]) == (401, "Unauthorized")


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/api/v1/nopes", 404),
        ("GET", "/apis/nope.io/v1/x", 404),
        ("GET", "/api/v1/namespaces/x/nodes", 404),
        ("GET", "/api/v1/pods/p", 404),
        ("GET", "/api/v1/namespaces/x/pods/p/nope", 404),
        ("POST", "/api/v1/pods", 405),
        ("PUT", "/api/v1/namespaces/x/pods", 405),
        ("DELETE", "/api/v1/namespaces", 405),
        ("GET", "/apis/authorization.k8s.io/v1/subjectaccessreviews", 405),
        ("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews/x", 404),
        ("POST", "/apis/authorization.k8s.io/v1/localsubjectaccessreviews", 404),
        ("POST", "/api/v1/bindings", 404),
        ("POST", "/api/v1/namespaces/x/pods/p/log", 405),
        ("PATCH", "/api/v1/namespaces/x/pods/p", 415),
    ],
)
def test_routing(client: Client, method: str, path: str, code: int) -> None:
    assert client(method, path, {} if method not in ("GET", "DELETE") else None).code == code


def test_every_path_is_listed(client: Client) -> None:
    paths = client("GET", "/").body["paths"]
    assert paths == sorted(paths)
    assert {"/api/v1", "/apis/apps/v1", "/readyz/ping", "/metrics"} <= set(paths)


def test_metrics_do_not_count_made_up_names(client: Client) -> None:
    client.as_user("nobody-token")("GET", "/apis/evil.example.com/v1/anything-at-all")
    text = client("GET", "/metrics").body
    assert 'apiserver_storage_objects{resource="namespaces"}' in text
    assert "apiserver_request_total{" in text
    assert "anything-at-all" not in text


def test_statusz(client: Client) -> None:
    page = client("GET", "/statusz", Accept="text/plain")
    assert page.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert page.body.startswith("\nkube-apiserver statusz\nWarning: ")
    assert re.search(r"\nUp: 0 hr \d\d min \d\d sec\n", page.body)
    assert "\nEmulation version: 1.36\n" in page.body
    assert page.body.endswith("\nPaths: /flagz /healthz /livez /metrics /readyz /statusz /version\n")
    status = client("GET", "/statusz", Accept="application/json;g=config.k8s.io;v=v1beta1;as=Statusz").body
    assert (status["kind"], status["apiVersion"]) == ("Statusz", "config.k8s.io/v1beta1")
    assert status["emulationVersion"] == "1.36" and "/healthz" in status["paths"]


def test_flagz(client: Client) -> None:
    page = client("GET", "/flagz", Accept="text/plain")
    assert page.body.startswith("\nkube-apiserver flagz\nWarning: ") and "\nrequest-timeout=1m0s\n" in page.body
    assert "\ncontrollers=[" in page.body and "\nscheduler=" in page.body
    flags = client("GET", "/flagz", Accept="application/json;g=config.k8s.io;v=v1alpha1;as=Flagz").body
    assert flags["flags"]["service-node-port-range"] == "30000-32767"


@pytest.mark.parametrize("accept", ["application/json", "application/json;g=config.k8s.io;v=v9;as=Flagz", "text/html"])
def test_pages_for_people_in_other_forms(client: Client, accept: str) -> None:
    assert client("GET", "/flagz", Accept=accept).code == 406


def test_only_who_may_see_the_flags_does(client: Client) -> None:
    assert client.as_user("")("GET", "/flagz").code in (401, 403)
