"""The objects that a server has at start, and what a restart does to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kubegate.compose.application import Options, build_application
from kubegate.compose.bootstrap_objects import flow_control, host_address, kubernetes_service, rbac
from kubegate.compose.serving import with_own_keys
from kubegate.config.admission import AdmissionOptions
from kubegate.config.audit import AuditOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.serving import ServingOptions
from kubegate.config.storage import StorageOptions

AUTOUPDATE = {"rbac.authorization.kubernetes.io/autoupdate": "true"}


def role(rules: list[Any] | None, annotations: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    meta = {"name": "r", "annotations": AUTOUPDATE if annotations is None else annotations}
    return {"kind": "ClusterRole", "metadata": meta, "rules": rules, **more}


READ = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"]}
WRITE = {"verbs": ["update"], "apiGroups": [""], "resources": ["pods"]}
ALL = {"verbs": ["get", "list", "update"], "apiGroups": [""], "resources": ["pods", "services"]}


def test_missing_rules_come_back() -> None:
    assert rbac.reconciled(role([WRITE]), role([READ])) == role([WRITE, READ])


def test_what_is_covered_or_added_stays() -> None:
    assert rbac.reconciled(role([ALL]), role([READ, WRITE])) is None


def test_the_annotation_protects() -> None:
    kept = {"rbac.authorization.kubernetes.io/autoupdate": "false"}
    assert rbac.reconciled(role([], kept), role([READ])) is None


def test_aggregated_roles_are_left_to_the_controller() -> None:
    assert all(obj["rules"] is None for obj in rbac.objects() if obj.get("aggregationRule"))
    wanted = role([READ], aggregationRule={"clusterRoleSelectors": []})
    assert rbac.reconciled(role(None, aggregationRule={"clusterRoleSelectors": []}), wanted) is None


def test_every_flow_schema_names_a_level() -> None:
    made = flow_control.objects()
    levels = {obj["metadata"]["name"] for obj in made if obj["kind"] == "PriorityLevelConfiguration"}
    schemas = [obj["spec"]["priorityLevelConfiguration"]["name"] for obj in made if obj["kind"] == "FlowSchema"]
    assert len(schemas) == 13
    assert set(schemas) == levels


def made(host: str, monkeypatch: pytest.MonkeyPatch, **flags: Any) -> list[dict[str, Any]]:
    """The objects about the server on a host with this address ("" for one that nobody can reach)."""
    monkeypatch.setattr(host_address, "_source", lambda family, there: host)
    return kubernetes_service.objects(ServingOptions(**flags))


def test_endpoints_only_of_addresses_that_others_can_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    def addresses(host: str, **flags: Any) -> list[str]:
        found = made(host, monkeypatch, **flags)
        return [obj["endpoints"][0]["addresses"][0] for obj in found if obj["kind"] == "EndpointSlice"]

    assert addresses("") == addresses("", bind_address="127.0.0.1") == []
    assert addresses("192.0.2.7") == addresses("192.0.2.7", bind_address="127.0.0.1") == ["192.0.2.7"]
    assert addresses("192.0.2.7", bind_address="192.0.2.8") == ["192.0.2.8"]
    assert addresses("192.0.2.7", advertise_address="192.0.2.1") == ["192.0.2.1"]


def test_endpoints_follow_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = made("192.0.2.7", monkeypatch), made("192.0.2.8", monkeypatch, secure_port=7443)
    for stored, wanted in zip(old, new, strict=True):
        assert kubernetes_service.reconciled(stored, stored) is None
        changed = kubernetes_service.reconciled(stored, wanted)
        assert changed == (wanted if wanted["kind"] in ("Endpoints", "EndpointSlice") else None)


def test_a_server_whose_admission_refuses_all_starts_at_another_port(tmp_path: Path) -> None:
    for port, plugins in ((6443, []), (7443, ["AlwaysDeny"])):
        options = Options(
            ServingOptions(scheduler=False, advertise_address="192.0.2.7", secure_port=port),
            StorageOptions(data_dir=str(tmp_path)),
            AuthnOptions(),
            AuthzOptions(),
            AdmissionOptions(enable_admission_plugins=plugins),
            AuditOptions(),
        )
        build_application(with_own_keys(options)[0]).close()
