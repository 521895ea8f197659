"""The recorded cases of defaulting and validation, judged in process: decode -> default -> prepare -> validate.

Creates only; the HTTP checker compares the rest. What admission plugins or decoding decide is left out.
"""

from __future__ import annotations

import copy
import importlib.util
import ipaddress
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kubegate.api.catalog import builtin
from kubegate.api.names import GroupVersionKind, GroupVersionResource, Object, metadata
from kubegate.api.schema.decode import as_stored, to_object
from kubegate.api.schema.errors import DecodeError
from kubegate.api.status import invalid
from kubegate.registry.catalog import build_registry
from kubegate.registry.core.services.allocation import ServiceAllocations
from kubegate.registry.interface import WriteContext

sys.path.insert(0, str(Path(__file__).parent))
from corpora import recordings

CORPUS = recordings("admission")
SCENARIOS = ("defaulting", "validation", "storageclass-validation", "webhook-validation", "vap-create")
BY_ADMISSION = ("pods", "nodes", "persistentvolumeclaims", "ingresses.networking.k8s.io")
"""Kinds that admission plugins change."""
ELSEWHERE = frozenset({"validation-088"})
"""Options of the request, not the object."""
REGISTRY = build_registry()
KINDS = {resource.gvr: resource.kind for resource in builtin()}
NETWORKS = [ipaddress.ip_network("10.0.0.0/24")]

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the recordings are not here (KUBEGATE_CONFORMANCE)")


def normalizer() -> Any:
    spec = importlib.util.spec_from_file_location("normalize_admission", CORPUS / "normalize.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cases(scenario: str) -> Iterator[tuple[dict[str, Any], GroupVersionResource, str]]:
    for line in (CORPUS / scenario / "cases.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        if case["method"] != "POST" or case.get("nondeterministic") or case["code"] not in (201, 422):
            continue
        resource, namespace, subresource = target(case["path"])
        known = REGISTRY.strategy(resource) is not None and resource in KINDS
        if isinstance(case["object"], dict) and not subresource and known and case["id"] not in ELSEWHERE:
            yield case, resource, namespace


def target(path: str) -> tuple[GroupVersionResource, str, bool]:
    """Resource, namespace, and whether a name follows."""
    parts = path.partition("?")[0].strip("/").split("/")
    group, version, *rest = ["", *parts[1:]] if parts[0] == "api" else parts[1:]
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2:
        namespace, rest = rest[1], rest[2:]
    return GroupVersionResource(group, version, rest[0]), namespace, len(rest) > 1


def created(case: dict[str, Any], resource: GroupVersionResource, namespace: str) -> tuple[Object, list[Any]]:
    kind: GroupVersionKind = KINDS[resource]
    obj, _ = to_object(copy.deepcopy(case["object"]), kind)
    meta = metadata(obj)
    meta["uid"] = "11111111-1111-1111-1111-111111111111"
    if namespace:
        meta.setdefault("namespace", namespace)
    if meta.get("generateName") and not meta.get("name"):
        meta["name"] = meta["generateName"][:58] + "bcdfg"
    REGISTRY.default(resource, obj)
    if resource.qualified == "pods":
        obj["spec"].setdefault("serviceAccountName", "default")
    services = ServiceAllocations(NETWORKS, range(30000, 32768))
    context = WriteContext(namespace=namespace, services=services, dry_run=True)
    REGISTRY.prepare_create(resource, obj, context)
    errors = REGISTRY.validate_create(resource, obj, context)
    return as_stored(kind, obj), errors


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_creates_agree(scenario: str) -> None:
    normalize = normalizer()
    wrong: list[str] = []
    count = 0
    for case, resource, namespace in cases(scenario):
        text, recorded = json.dumps(case["object"]), case["response"]
        try:
            obj, errors = created(case, resource, namespace)
        except DecodeError:
            continue
        count += 1
        if errors:
            name = str(metadata(obj).get("name") or "")
            status = invalid(resource.group, obj["kind"], name, errors).to_object()
            got = normalize.normalize(status, text, case["object"]).get("message") or ""
            same = sorted(normalize.sorted_parts(got)) == sorted(normalize.sorted_parts(recorded.get("message") or ""))
            if not same:
                wrong.append(f"{case['id']}: want {recorded.get('message')}, got {got}")
        elif case["code"] != 201:
            wrong.append(f"{case['id']}: want {recorded.get('message')}, got none")
        elif resource.qualified not in BY_ADMISSION:
            shown = normalize.normalize(obj, text, case["object"])
            wrong += [
                f"{case['id']}: {key} want {recorded[key]}, got {shown.get(key)}"
                for key in recorded
                if key not in ("metadata", "status") and shown.get(key) != recorded[key]
            ]
    assert count
    assert not wrong, "\n".join(wrong)
