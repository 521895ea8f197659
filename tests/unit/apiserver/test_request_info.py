"""What a method and a path mean."""

from __future__ import annotations

import pytest

from kubegate.apiserver.request_info import BadPath, is_true, resolve


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        # method, path: (verb, group, version, resource, subresource, namespace, name)
        ("GET", "/api/v1/pods", ("list", "", "v1", "pods", "", "", "")),
        ("GET", "/api/v1/namespaces/ns/pods/p", ("get", "", "v1", "pods", "", "ns", "p")),
        ("GET", "/api/v1/namespaces/ns", ("get", "", "v1", "namespaces", "", "ns", "ns")),
        ("PUT", "/api/v1/namespaces/ns/finalize", ("update", "", "v1", "namespaces", "finalize", "ns", "ns")),
        ("GET", "/api/v1/namespaces/ns/status", ("get", "", "v1", "namespaces", "status", "ns", "ns")),
        ("POST", "/apis/apps/v1/namespaces/ns/deployments", ("create", "apps", "v1", "deployments", "", "ns", "")),
        (
            "PATCH",
            "/apis/apps/v1/namespaces/ns/deployments/d/scale",
            ("patch", "apps", "v1", "deployments", "scale", "ns", "d"),
        ),
        ("DELETE", "/api/v1/namespaces/ns/pods", ("deletecollection", "", "v1", "pods", "", "ns", "")),
        ("DELETE", "/api/v1/nodes/n", ("delete", "", "v1", "nodes", "", "", "n")),
        ("GET", "/api/v1/watch/namespaces/ns/pods/p", ("watch", "", "v1", "pods", "", "ns", "p")),
        ("HEAD", "/api/v1/pods", ("list", "", "v1", "pods", "", "", "")),
        ("OPTIONS", "/api/v1/pods", ("", "", "v1", "pods", "", "", "")),
        ("GET", "/apis/unknown.io/v9/things/t/sub", ("get", "unknown.io", "v9", "things", "sub", "", "t")),
    ],
)
def test_resource_requests(method: str, path: str, expected: tuple[str, ...]) -> None:
    info = resolve(method, path, {})
    assert info.is_resource
    assert (info.verb, info.group, info.version, info.resource, info.subresource, info.namespace, info.name) == expected


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/v1", "/apis", "/apis/apps", "/apis/apps/v1", "/healthz", "/foo/bar/baz"]
)
def test_other_paths(path: str) -> None:
    info = resolve("GET", path, {})
    assert not info.is_resource
    assert (info.verb, info.path) == ("get", path)


@pytest.mark.parametrize(
    ("values", "expected"),
    [((), False), (("",), True), (("1",), True), (("nope",), True), (("0",), False), (("False",), False)],
)
def test_boolean_parameters(values: tuple[str, ...], expected: bool) -> None:
    assert is_true(values) is expected
    assert resolve("GET", "/api/v1/pods", {"watch": values}).verb == ("watch" if expected else "list")


def test_a_field_selector_can_name_the_object() -> None:
    query = {"fieldSelector": ["metadata.name=x"]}
    assert resolve("GET", "/api/v1/pods", query, lambda text: text.partition("=")[2]).name == "x"


@pytest.mark.parametrize(
    ("method", "path", "more"),
    [
        ("GET", "/api/v1/watch/pods", {}),
        ("DELETE", "/api/v1/pods", {}),
        ("GET", "/api/v1/pods", {"limit": ["x"]}),
        ("GET", "/api/v1/pods", {"timeoutSeconds": [""]}),
        ("GET", "/api/v1/pods", {"labelSelector": ["a in"]}),
    ],
)
def test_a_field_selector_names_nothing_where_options_are_not_read(
    method: str, path: str, more: dict[str, list[str]]
) -> None:
    info = resolve(method, path, {"fieldSelector": ["metadata.name=x"], **more}, lambda text: "x")
    assert (info.name, info.field_selector) == ("", "metadata.name=x")


def test_a_watch_of_nothing_is_refused() -> None:
    with pytest.raises(BadPath, match="unable to determine kind and namespace from url"):
        resolve("GET", "/api/v1/watch", {})
