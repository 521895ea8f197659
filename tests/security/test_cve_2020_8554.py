"""CVE-2020-8554: who may create Services took over traffic of others by ``externalIPs`` or by a load balancer's address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kubegate.testing.http_client import Client

SERVICE = {"metadata": {"name": "s"}, "spec": {"ports": [{"port": 443}], "selector": {"a": "b"}}}
STOLEN = ["8.8.8.8"]
WRITE = {"verbs": ["create", "update", "patch", "get"], "apiGroups": [""], "resources": ["services"]}


@pytest.fixture
def services(namespace: str, grant: Callable[..., None]) -> str:
    grant(WRITE, inside=namespace)
    return f"/api/v1/namespaces/{namespace}/services"


def taking(addresses: list[str]) -> dict[str, Any]:
    return {**SERVICE, "spec": {**SERVICE["spec"], "externalIPs": addresses}}  # type: ignore[dict-item]


def test_new_services_name_no_external_addresses(services: str, alice: Client) -> None:
    answer = alice("POST", services, taking(STOLEN))
    assert (answer.code, answer.body["reason"]) == (403, "Forbidden")
    assert "Use of external IPs is denied by admission control" in answer.body["message"]


@pytest.mark.parametrize("patch", ["merge-patch+json", "strategic-merge-patch+json", "json-patch+json", "apply-patch+yaml"])
def test_nor_are_they_added_later(patch: str, services: str, alice: Client) -> None:
    assert alice("POST", services, SERVICE).code == 201
    change: Any = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"externalIPs": STOLEN}}
    if patch.startswith("json"):
        change = [{"op": "add", "path": "/spec/externalIPs", "value": STOLEN}]
    answer = alice("PATCH", f"{services}/s?fieldManager=m", change, media_type=f"application/{patch}")
    assert (answer.code, "externalIPs" in alice("GET", f"{services}/s").body["spec"]) == (403, False)


def test_a_load_balancers_address_needs_a_right_of_its_own(services: str, alice: Client) -> None:
    """Anybody who may change Services could otherwise say that their load balancer has somebody else's address."""
    assert alice("POST", services, {**SERVICE, "status": {"loadBalancer": {"ingress": [{"ip": STOLEN[0]}]}}}).code == 201
    change = {"status": {"loadBalancer": {"ingress": [{"ip": STOLEN[0]}]}}}
    assert alice("PATCH", f"{services}/s", change, media_type="application/merge-patch+json").code == 200
    assert alice("PATCH", f"{services}/s/status", change, media_type="application/merge-patch+json").code == 403
    assert alice("GET", f"{services}/s").body["status"] == {"loadBalancer": {}}


def test_no_default_role_for_people_includes_the_status(admin: Client) -> None:
    for name in ("admin", "edit", "view"):
        rules = admin("GET", f"/apis/rbac.authorization.k8s.io/v1/clusterroles/{name}").body.get("rules") or []
        writes = {(verb, res) for rule in rules for verb in rule["verbs"] for res in rule.get("resources", ())}
        assert not writes & {(verb, "services/status") for verb in ("update", "patch", "*")}
