"""CVE-2021-25737: EndpointSlices (and Endpoints) could point at loopback and link-local addresses of nodes."""

from __future__ import annotations

import pytest

from kubegate.testing.http_client import Client

ADDRESSES = [
    ("IPv4", "127.0.0.1"),
    ("IPv4", "127.8.8.8"),
    ("IPv4", "169.254.169.254"),
    ("IPv4", "0.0.0.0"),
    ("IPv4", "224.0.0.1"),
    ("IPv6", "::1"),
    ("IPv6", "fe80::1"),
    ("IPv6", "ff02::1"),
    ("IPv6", "::"),
]


@pytest.mark.parametrize(("family", "address"), ADDRESSES)
def test_slices_point_at_no_address_of_the_node_itself(family: str, address: str, admin: Client, namespace: str) -> None:
    path = f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"
    body = {"metadata": {"name": "s"}, "addressType": family, "endpoints": [{"addresses": [address]}], "ports": []}
    answer = admin("POST", path, body)
    assert (answer.code, answer.body["reason"]) == (422, "Invalid")
    assert answer.body["details"]["causes"][0]["field"].startswith("endpoints[0].addresses[0]")


@pytest.mark.parametrize(("family", "address"), ADDRESSES)
def test_nor_do_endpoints(family: str, address: str, admin: Client, namespace: str) -> None:
    body = {"metadata": {"name": "s"}, "subsets": [{"addresses": [{"ip": address}], "ports": [{"port": 80}]}]}
    answer = admin("POST", f"/api/v1/namespaces/{namespace}/endpoints", body)
    assert (answer.code, answer.body["reason"]) == (422, "Invalid")
    assert answer.body["details"]["causes"][0]["field"].startswith("subsets[0].addresses[0].ip")
