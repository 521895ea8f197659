"""Objects -> Table of meta.k8s.io/v1.

Source: ``pkg/printers/internalversion`` and k8s.io/apiserver ``registry/rest/table`` (kinds without a printer).
"""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from importlib import resources
from typing import Any

import orjson

from kubegate.api.catalog import Resource
from kubegate.api.names import Object
from kubegate.apiserver.tables import catalog
from kubegate.apiserver.tables.cells import Cells
from kubegate.apiserver.tables.custom import cells as custom_cells
from kubegate.apiserver.tables.custom import column_definitions
from kubegate.registry.custom.kind import CustomKind

_VERSIONED = {"deprecated.daemonset.template.generation"}


def print_table(
    resource: Resource, objects: list[Object], include: str, columns: bool, now: datetime | None = None
) -> Object:
    """The Table of objects in the version of ``resource``; ``include`` (None, Metadata, Object) says what the rows hold;
    ages are told at ``now``."""
    name = f"{resource.gvr.group}/{resource.gvr.resource}"
    printer = catalog.PRINTERS.get(name)
    definitions = _columns().get(name if printer else "") or _columns()[""]
    now = now or datetime.now(UTC)
    order = catalog.ORDERS.get(name)
    objects = sorted(objects, key=order) if order else objects
    rows = [
        {"cells": printer(obj, now) if printer else _default(obj), **_conditions(name, obj), **_object(obj, include)}
        for obj in objects
    ]
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {},
        "columnDefinitions": definitions if columns else None,
        "rows": rows,
    }


def print_custom_table(
    kind: CustomKind, objects: list[Object], include: str, columns: bool, now: datetime | None = None
) -> Object:
    """The Table of custom resources."""
    now = now or datetime.now(UTC)
    name_column, age_column = _columns()[""]
    definitions = column_definitions(kind, name_column, {**age_column, "name": "Age"})
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {},
        "columnDefinitions": definitions if columns else None,
        "rows": [{"cells": custom_cells(kind, obj, now), **_object(obj, include)} for obj in objects],
    }


@functools.cache
def _columns() -> dict[str, list[dict[str, Any]]]:
    data = resources.files("kubegate.apiserver.tables").joinpath("data", "columns.json").read_bytes()
    found: dict[str, list[dict[str, Any]]] = orjson.loads(data)
    return found


def _default(obj: Object) -> Cells:
    return [obj["metadata"].get("name", ""), obj["metadata"].get("creationTimestamp")]


def _conditions(name: str, obj: Object) -> Object:
    """Pods that are done are marked, so that clients can hide them."""
    if name != "/pods":
        return {}
    phase = (obj.get("status") or {}).get("phase")
    reasons = {
        "Succeeded": ("Succeeded", "The pod has completed successfully."),
        "Failed": ("Failed", "The pod failed."),
    }
    if phase not in reasons:
        return {}
    reason, message = reasons[phase]
    return {"conditions": [{"type": "Completed", "status": "True", "reason": reason, "message": message}]}


def _object(obj: Object, include: str) -> Object:
    if include == "None":
        return {"object": None}
    if include == "Object":
        return {"object": obj}
    partial = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": _internal(obj["metadata"])}
    return {"object": partial}


def _internal(meta: Object) -> Object:
    """Tables are made of the internal form of objects, which lacks what only a version says in an annotation."""
    annotations = meta.get("annotations") or {}
    if not annotations.keys() & _VERSIONED:
        return meta
    kept = {key: value for key, value in annotations.items() if key not in _VERSIONED}
    others = {key: value for key, value in meta.items() if key != "annotations"}
    return {**others, "annotations": kept} if kept else others
