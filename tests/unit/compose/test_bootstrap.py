"""The objects that a server has at start, and what a restart does to them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from kubegate.authz.rule_cover import uncovered
from kubegate.compose.application import Application, build_application
from kubegate.compose.bootstrap_objects import flow_control, host_address, kubernetes_service, rbac
from kubegate.compose.options import Options
from kubegate.compose.serving import with_own_keys
from kubegate.config.admission import AdmissionOptions
from kubegate.config.audit import AuditOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.serving import ServingOptions
from kubegate.config.storage import StorageOptions
from kubegate.store.interface import Key

AUTOUPDATE = {"rbac.authorization.kubernetes.io/autoupdate": "true"}


def role(rules: list[Any] | None, annotations: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    meta = {"name": "r", "annotations": AUTOUPDATE if annotations is None else annotations}
    return {"kind": "ClusterRole", "metadata": meta, "rules": rules, **more}


READ = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"]}
WRITE = {"verbs": ["update"], "apiGroups": [""], "resources": ["pods"]}
ALL = {"verbs": ["get", "list", "update"], "apiGroups": [""], "resources": ["pods", "services"]}


def test_missing_rules_come_back_in_their_smallest_parts() -> None:
    get, list_ = ({**READ, "verbs": [verb]} for verb in READ["verbs"])
    assert rbac.reconciled(role([WRITE]), role([READ])) == role([WRITE, get, list_])
    assert rbac.reconciled(role([WRITE, get]), role([READ])) == role([WRITE, get, list_])
    named = {**WRITE, "resourceNames": ["a"]}
    assert rbac.reconciled(role(None), role([named])) == role([named])
    paths = {"verbs": ["get"], "nonResourceURLs": ["/a", "/b/*"]}
    assert rbac.reconciled(role([{**paths, "nonResourceURLs": ["/b*"]}]), role([paths])) == role(
        [{**paths, "nonResourceURLs": ["/b*"]}, {**paths, "nonResourceURLs": ["/a"]}]
    )


def test_what_is_covered_or_added_stays() -> None:
    assert rbac.reconciled(role([ALL]), role([READ, WRITE])) is None
    everything = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
    assert rbac.reconciled(role([everything]), role([READ, WRITE])) is None


def test_the_annotation_protects() -> None:
    kept = {"rbac.authorization.kubernetes.io/autoupdate": "false"}
    assert rbac.reconciled(role([], kept), role([READ])) is None
    assert rbac.reconciled(bound("x", annotations=kept), bound("y")) is None


def test_without_the_annotation_an_object_is_brought_up_to_date_and_gets_it() -> None:
    assert rbac.reconciled(role([READ], {}), role([READ])) == role([READ])
    assert rbac.reconciled(role([READ], {**AUTOUPDATE, "a": "b"}), role([READ])) is None


def test_aggregated_roles_are_left_to_the_controller() -> None:
    assert all(obj["rules"] is None for obj in rbac.objects() if obj.get("aggregationRule"))
    one, other = ({"matchLabels": {"to": name}} for name in ("one", "other"))
    wanted = role(None, aggregationRule={"clusterRoleSelectors": [one]})
    assert rbac.reconciled(role([READ], aggregationRule={"clusterRoleSelectors": [other, one]}), wanted) is None
    added = rbac.reconciled(role([READ], aggregationRule={"clusterRoleSelectors": [other]}), wanted)
    assert added == role([READ], aggregationRule={"clusterRoleSelectors": [other, one]})
    assert rbac.reconciled(role([READ]), wanted) == role([READ], aggregationRule={"clusterRoleSelectors": [one]})
    assert rbac.reconciled(role([READ], aggregationRule={"clusterRoleSelectors": [one]}), role([READ])) == role([READ])


def bound(name: str, *users: str, annotations: dict[str, str] = AUTOUPDATE) -> dict[str, Any]:
    subjects = [{"kind": "User", "name": user} for user in users]
    meta = {"name": "b", "annotations": annotations}
    return {
        "kind": "ClusterRoleBinding",
        "metadata": meta,
        "subjects": subjects,
        "roleRef": {"kind": "ClusterRole", "name": name},
    }


def test_subjects_come_back_and_a_binding_of_another_role_is_made_anew() -> None:
    assert rbac.reconciled(bound("x", "own", "b"), bound("x", "a", "b")) == bound("x", "own", "b", "a")
    assert rbac.reconciled(bound("x", "own", "a"), bound("x", "a")) is None
    wanted = bound("x", "a")
    assert rbac.reconciled(bound("y", "a", "own"), wanted) is wanted


def test_who_could_discover_the_api_can_read_its_public_information() -> None:
    def viewers(stored: dict[str, Any]) -> Any:
        found = rbac.objects(lambda kind, name: stored.get(name))
        return next(obj for obj in found if obj["metadata"]["name"] == "system:public-info-viewer" and "roleRef" in obj)

    meta = {"name": "system:discovery", "labels": {"a": "b"}, "resourceVersion": "7"}
    old = {"metadata": meta, "subjects": [{"kind": "Group", "name": "g"}]}
    taken = viewers({"system:discovery": old})
    assert taken["metadata"] == {"name": "system:public-info-viewer", "labels": {"a": "b"}}
    assert taken["subjects"] == old["subjects"]
    assert taken["roleRef"]["name"] == "system:public-info-viewer"
    assert viewers({"system:discovery": old, "system:public-info-viewer": {}}) == viewers({})


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


def started(folder: Path, port: int = 6443, plugins: Sequence[str] = ()) -> Application:
    options = Options(
        ServingOptions(scheduler=False, advertise_address="192.0.2.7", secure_port=port),
        StorageOptions(data_dir=str(folder)),
        AuthnOptions(),
        AuthzOptions(),
        AdmissionOptions(enable_admission_plugins=list(plugins)),
        AuditOptions(),
    )
    return build_application(with_own_keys(options)[0])


def test_a_server_whose_admission_refuses_all_starts_at_another_port(tmp_path: Path) -> None:
    started(tmp_path).close()
    started(tmp_path, 7443, ["AlwaysDeny"]).close()


def test_a_restart_brings_back_what_was_taken_from_the_default_roles_and_bindings(tmp_path: Path) -> None:
    def key(kind: str, name: str) -> Key:
        return Key(f"{kind}.rbac.authorization.k8s.io", "", name)

    places = [key("clusterroles", "system:basic-user"), key("clusterrolebindings", "system:basic-user")]
    application = started(tmp_path)
    store = application.parts.store
    before = [store.get(place) for place in places]
    for stored, lost in zip(before, ("rules", "roleRef"), strict=True):
        assert stored is not None
        taken = {"rules": [], "roleRef": {**stored.object.get("roleRef", {}), "name": "view"}}[lost]
        store.update(stored.key, {**stored.object, lost: taken}, expected=stored.revision)
    application.close()
    application = started(tmp_path)
    role, binding = (application.parts.store.get(place) for place in places)
    application.close()
    assert before[0] is not None and before[1] is not None and role is not None and binding is not None
    assert uncovered(role.object["rules"], before[0].object["rules"]) == []
    assert binding.object["roleRef"] == before[1].object["roleRef"]
    assert binding.object["metadata"]["uid"] != before[1].object["metadata"]["uid"]
