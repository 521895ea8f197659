"""The recorded selector cases of a real API server, judged in process (no server)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from kubegate.api.field_errors import FieldError
from kubegate.api.names import GroupVersionKind, kind_of, labels_of, name_of, namespace_of
from kubegate.api.status import bad_request
from kubegate.selectors import field_labels, fields, label_selector, labels
from kubegate.selectors.errors import SelectorError
from tests.conformance.corpora import recordings

ROOT = recordings("selectors")
pytestmark = pytest.mark.skipif(not ROOT.is_dir(), reason=f"no recordings at {ROOT} (set KUBEGATE_CONFORMANCE)")

KINDS = {
    "pods": ("", "Pod"),
    "nodes": ("", "Node"),
    "namespaces": ("", "Namespace"),
    "secrets": ("", "Secret"),
    "services": ("", "Service"),
    "events": ("", "Event"),
    "configmaps": ("", "ConfigMap"),
    "serviceaccounts": ("", "ServiceAccount"),
    "replicationcontrollers": ("", "ReplicationController"),
    "replicasets": ("apps", "ReplicaSet"),
    "deployments": ("apps", "Deployment"),
    "statefulsets": ("apps", "StatefulSet"),
    "jobs": ("batch", "Job"),
    "clusterroles": ("rbac.authorization.k8s.io", "ClusterRole"),
    "certificatesigningrequests": ("certificates.k8s.io", "CertificateSigningRequest"),
    "customresourcedefinitions": ("apiextensions.k8s.io", "CustomResourceDefinition"),
    "widgets": ("fs.example.com", "Widget"),
}


def lines(name: str) -> Iterator[dict[str, Any]]:
    with (ROOT / name).open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def documents(name: str) -> list[dict[str, Any]]:
    return [found for found in yaml.load_all((ROOT / name).read_text(encoding="utf-8"), yaml.CSafeLoader) if found]


def test_label_selectors() -> None:
    objects = documents("objects.yaml")
    wrong = []
    for case in lines("cases.jsonl"):
        try:
            selector = labels.parse(case["selector"])
            got: Any = [name_of(obj) for obj in objects if selector.matches(labels_of(obj))]
        except SelectorError as error:
            got = bad_request(error.message).to_object()
        if got != case.get("names", case.get("status")):
            wrong.append((case["id"], case["selector"], got))
    assert not wrong


def test_field_selectors() -> None:
    objects = documents("field_objects.yaml")
    wrong = []
    for case in lines("field_cases.jsonl"):
        if case["code"] == 405:
            continue  # the verb is refused before the selector is read
        got = field_answer(case, objects)
        if case["code"] != 200:
            good = got == case["status"]
        else:
            good = isinstance(got, list) and (case["verb"] != "list" or sorted(got) == sorted(case["names"]))
        if not good:
            wrong.append((case["id"], case["path"], case["fieldSelector"], got))
    assert not wrong


def field_answer(case: dict[str, Any], objects: list[dict[str, Any]]) -> Any:
    parts = case["path"].strip("/").split("/")
    group, kind = KINDS[parts[-1]]
    if parts[0] == "apis":
        group = parts[1]
    namespace = parts[parts.index("namespaces") + 1] if "namespaces" in parts[:-1] else ""
    if kind == "Widget":
        definition = next(obj for obj in objects if obj["kind"] == "CustomResourceDefinition")
        version = definition["spec"]["versions"][0]
        known = field_labels.of_custom([part["jsonPath"] for part in version["selectableFields"]], namespaced=True)
    else:
        known = field_labels.of_kind(GroupVersionKind(group, "v1", kind))
    try:
        selector = known.convert(GroupVersionKind(group, "v1", kind), fields.parse(case["fieldSelector"]))
    except SelectorError as error:
        return bad_request(error.message).to_object()
    mine = [obj for obj in objects if kind_of(obj).kind == kind and namespace in ("", namespace_of(obj))]
    found = [obj for obj in mine if known.matches(selector, obj)]
    assert found == [obj for obj in mine if selector.matches(known.fields_of(obj))]
    return [[namespace_of(obj), name_of(obj)] for obj in found]


def test_label_selector_objects() -> None:
    """The causes of a refused budget or network policy are exactly the selector's; a deployment adds some of its own."""
    wrong, judged = [], 0
    for case in lines("labelselector_cases.jsonl"):
        spec = case["body"]["spec"]
        if case["code"] == 400 or ("ingress" in spec and spec.get("podSelector") is None):
            continue  # not decodable, or refused for another reason
        judged += 1
        path = "spec.podSelector" if "podSelector" in spec else "spec.selector"
        errors = label_selector.validate(selector_of(spec), path)
        for peer, rule in enumerate(spec.get("ingress") or []):
            for index, source in enumerate(rule.get("from") or []):
                place = f"spec.ingress[{peer}].from[{index}].namespaceSelector"
                errors += label_selector.validate(source.get("namespaceSelector"), place)
        causes = [error.to_cause() for error in errors]
        if causes != recorded_causes(case):
            wrong.append((case["id"], causes))
        elif not errors and case.get("scale_selector") is not None:
            printed = str(label_selector.from_object(selector_of(spec)))
            if printed != case["scale_selector"]:
                wrong.append((case["id"], printed))
    assert not wrong
    assert judged > 100


def selector_of(spec: dict[str, Any]) -> Any:
    return spec.get("selector", spec.get("podSelector"))


def recorded_causes(case: dict[str, Any]) -> list[dict[str, str]]:
    """The recorded causes without those that a Deployment adds about its selector and template."""
    causes = case["status"]["details"]["causes"] if case["code"] == 422 else []
    own = ("spec.selector", "spec.template.metadata.labels")
    return [cause for cause in causes if cause["field"] not in own]


def test_the_helper_compares_causes() -> None:
    error = FieldError("FieldValueRequired", "spec.selector.x", "why")
    assert recorded_causes({"code": 422, "status": {"details": {"causes": [error.to_cause()]}}}) == [error.to_cause()]
