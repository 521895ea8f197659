"""Manifests -> cluster state: files, directories, standard input; YAML of several documents, JSON, Lists, kubectl dumps.

In directories every ``*.yaml``, ``*.yml`` and ``*.json`` is read, sub-directories too, but not hidden ones, not
what belongs to kustomize or Helm, and not test suites (``*.kubegate.yaml``).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import yaml

from kubegate.api.names import Object, kind_of, namespace_of
from kubegate.bundle.check import check_object
from kubegate.bundle.helm import manifests_of
from kubegate.bundle.state import ClusterState, Origin, Source
from kubegate.bundle.yaml_text import compose, value_of
from kubegate.errors import InvalidInput, Location

_SUFFIXES = (".yaml", ".yml", ".json")
_NOT_MANIFESTS = ("kustomization.yaml", "kustomization.yml", "Chart.yaml", "values.yaml", "Chart.lock")
_NAMESPACED = frozenset(
    {
        *("Role", "RoleBinding", "ServiceAccount", "Secret", "ConfigMap", "Pod", "PodTemplate", "PodCertificateRequest"),
        *(
            "Deployment",
            "StatefulSet",
            "DaemonSet",
            "ReplicaSet",
            "ReplicationController",
            "ControllerRevision",
            "Job",
            "CronJob",
        ),
        *(
            "Service",
            "Endpoints",
            "EndpointSlice",
            "Ingress",
            "NetworkPolicy",
            "Lease",
            "Event",
            "LimitRange",
            "ResourceQuota",
        ),
        *("PersistentVolumeClaim", "CSIStorageCapacity", "ResourceClaim", "ResourceClaimTemplate"),
        *("HorizontalPodAutoscaler", "PodDisruptionBudget"),
    }
)


@dataclass
class Loaded:
    """A state, and what had to be left out of it (only with ``keep_going``)."""

    state: ClusterState = field(default_factory=ClusterState)
    problems: list[InvalidInput] = field(default_factory=list)


def load(paths: Iterable[str], *, default_namespace: str = "default", keep_going: bool = False) -> Loaded:
    """Read manifests; ``-`` is standard input. Raises `InvalidInput` for the first thing that cannot be read, or with
    ``keep_going`` notes it and leaves it out. Namespaced objects without a namespace get ``default_namespace``."""
    loaded = Loaded()
    for path in paths:
        for source in _sources(path):
            _read(source, loaded, default_namespace, keep_going)
    return loaded


def _sources(path: str) -> Iterator[Source]:
    if path == "-":
        yield Source("<stdin>", manifests_of(sys.stdin.buffer.read()))
        return
    place = Path(path)
    if place.is_dir():
        found = sorted(file for file in place.rglob("*") if _is_manifest(file.relative_to(place)))
        for file in found:
            yield _open(file)
        return
    yield _open(place)


def _is_manifest(relative: Path) -> bool:
    if relative.suffix not in _SUFFIXES or relative.name in _NOT_MANIFESTS:
        return False
    if relative.name.endswith((".kubegate.yaml", ".kubegate.yml")):
        return False
    return not any(part.startswith(".") for part in relative.parts)


def _open(path: Path) -> Source:
    try:
        return Source(str(path), manifests_of(path.read_bytes()))
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise InvalidInput(f"{path}: {reason}", hint="give a file, a directory or - for standard input") from error


def _read(source: Source, loaded: Loaded, default_namespace: str, keep_going: bool) -> None:
    try:
        for value, origin in _documents(source):
            for obj, item in _objects(value, origin):
                try:
                    checked = check_object(obj, item.locate)
                except InvalidInput as error:
                    if not keep_going:
                        raise
                    loaded.problems.append(error)
                    continue
                put_into(checked, default_namespace)
                loaded.state.add(checked, item)
    except InvalidInput as error:
        if not keep_going:
            raise
        if error not in loaded.problems:
            loaded.problems.append(error)


def _documents(source: Source) -> Iterator[tuple[Any, Origin]]:
    text = source.text
    if source.file.endswith(".json") or text.lstrip()[:1] in (b"{", b"["):
        try:
            yield orjson.loads(text), Origin(source, 0)
            return
        except orjson.JSONDecodeError as error:
            if source.file.endswith(".json"):
                yield from _json_values(source, error)
                return
    for number, node in enumerate(_composed(source)):
        try:
            yield value_of(node), Origin(source, number, (), node.start_mark.line + 1)
        except InvalidInput as error:
            where = error.location or Location()
            raise InvalidInput(error.message, location=Location(source.file, where.line, where.column)) from error


def _composed(source: Source) -> Iterator[yaml.Node]:
    try:
        yield from compose(source.text, source.file)
    except InvalidInput as error:
        if b"{{" in source.text and not error.hint:
            hint = "this looks like a template of Helm: give what `helm template` makes of it"
            raise InvalidInput(error.message, location=error.location, hint=hint) from error
        raise


def _json_values(source: Source, failure: orjson.JSONDecodeError) -> Iterator[tuple[Any, Origin]]:
    """Several JSON values one after the other, as some tools write them."""
    text = source.text.decode("utf-8", "replace")
    decoder, at, number = json.JSONDecoder(), 0, 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        try:
            value, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            if number == 0:
                place = Location(source.file, failure.lineno, failure.colno)
                raise InvalidInput(f"this is not JSON: {failure.msg}", location=place) from error
            place = Location(source.file, error.lineno, error.colno)
            raise InvalidInput(f"this is not JSON: {error.msg}", location=place) from error
        yield value, Origin(source, number)
        number += 1


def _objects(value: Any, origin: Origin) -> Iterator[tuple[Any, Origin]]:
    """The object itself, or the items of a List (and of a typed list, whose items may not say what they are)."""
    items = value.get("items") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(items, list) or not str(value.get("kind") or "").endswith("List"):
        yield value, origin
        return
    kind, api_version = str(value["kind"])[: -len("List")], value.get("apiVersion")
    for index, item in enumerate(items):
        if kind and isinstance(item, dict):
            item.setdefault("kind", kind)
            item.setdefault("apiVersion", api_version)
        yield from _objects(item, Origin(origin.source, origin.document, (*origin.inside, "items", index)))


def put_into(obj: Object, default_namespace: str) -> None:
    """Give a namespaced object of a built-in kind that names no namespace this one."""
    if default_namespace and not namespace_of(obj) and kind_of(obj).kind in _NAMESPACED:
        obj["metadata"]["namespace"] = default_namespace
