"""Manifests -> cluster state: files, directories, standard input; YAML of several documents, JSON, Lists, kubectl dumps.

In directories every ``*.yaml``, ``*.yml`` and ``*.json`` is read (also with ``.gz``), sub-directories too, but not hidden
ones, not what belongs to kustomize or Helm, and not test suites (``*.kubegate.yaml``).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from kubegate.api.names import Object, kind_of, name_of, namespace_of
from kubegate.bundle.check import check_object
from kubegate.bundle.collection import uncollected
from kubegate.bundle.documents import PACKED, documents, objects_of
from kubegate.bundle.helm import manifests_of
from kubegate.bundle.state import ClusterState, Origin, Source
from kubegate.bundle.text import likely_meaning, plain_text
from kubegate.errors import InvalidInput

_SUFFIXES = (".yaml", ".yml", ".json")
_DENYING = b"policy.kubegate.dev"
"""Where this is, a policy that denies may be."""
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
    """A state, and what had to be left out of it (only with ``keep_going``). ``notes``: what is no mistake, but may be one:
    a place without manifests, an object that another one of the same name replaces."""

    state: ClusterState = field(default_factory=ClusterState)
    problems: list[InvalidInput] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    may_deny: bool = False
    """Whether something left out may be a policy that denies."""
    replaced: list[str] = field(default_factory=list)
    """Those of the notes that tell of objects that are replaced."""


Told = Callable[[str, int], None]
"""Hears now and then which file is being read, and how many objects of it have been; of none when reading ends."""

_EVERY = 500


def load(
    paths: Iterable[str],
    *,
    default_namespace: str = "default",
    keep_going: bool = False,
    told: Told = lambda file, count: None,
) -> Loaded:
    """Read manifests; ``-`` is standard input. Raises `InvalidInput` for the first thing that cannot be read, or with
    ``keep_going`` notes it and leaves it out. Namespaced objects without a namespace get ``default_namespace``."""
    reader = _Reader(default_namespace, keep_going, told)
    try:
        with uncollected():
            for path in paths:
                reader.read_or_complain(path)
    finally:
        told("", 0)
    return reader.loaded


def sources(path: str) -> Iterator[Source]:
    """The files that a path means; raises `InvalidInput` for one that cannot be read."""
    if path == "-":
        yield _source("<stdin>", sys.stdin.buffer.read())
        return
    place = Path(path)
    if place.is_dir():
        for file in sorted(file for file in place.rglob("*") if _is_manifest(file.relative_to(place))):
            if file.is_fifo() or file.is_socket() or file.is_char_device():  # to read one may never end
                raise InvalidInput(f"{file}: not a regular file", hint="a pipe can be given by itself, not in a directory")
            yield _open(file)
        return
    yield _open(place)


def _is_manifest(relative: Path) -> bool:
    name = relative.name.removesuffix(PACKED)
    if not name.endswith(_SUFFIXES) or name in _NOT_MANIFESTS or name.endswith((".kubegate.yaml", ".kubegate.yml")):
        return False
    return not any(part.startswith(".") for part in relative.parts)


def _open(path: Path) -> Source:
    try:
        return _source(str(path), path.read_bytes())
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise InvalidInput(f"{path}: {reason}", hint="give a file, a directory or - for standard input") from error


def _source(file: str, data: bytes) -> Source:
    return Source(file, manifests_of(plain_text(data, file)))


class _Reader:
    """Takes in what files hold; what is wrong is raised, or with ``keep_going`` noted."""

    def __init__(self, default_namespace: str, keep_going: bool, told: Told) -> None:
        self.loaded = Loaded()
        self._told = told
        self._default_namespace = default_namespace
        self._keep_going = keep_going

    def complain(self, error: InvalidInput, text: bytes = b"") -> None:
        """Raise it, or note it; ``text`` is that of the file in which something is left out."""
        if not self._keep_going:
            raise error
        self.loaded.problems.append(error)
        self.loaded.may_deny = self.loaded.may_deny or not text or _DENYING in text

    def read_or_complain(self, path: str) -> None:
        """Take in what a path means."""
        try:
            found = self._read(path)
        except InvalidInput as error:  # of the file as a whole: it is not there, or no text
            self.complain(error)
        else:
            if not found:
                self.loaded.notes.append(f"{path}: no manifests in it")

    def _read(self, path: str) -> int:
        """Take in what a path means; how many values were met. Raises `InvalidInput` for a file that cannot be read."""
        count = 0
        for source in sources(path):
            for value, origin in documents(source, self.complain, partial(self._told, source.file)):
                for obj, item in objects_of(value, origin):
                    count += 1
                    if count % _EVERY == 0:
                        self._told(source.file, count)
                    self._take(obj, item)
        return count

    def _take(self, obj: Any, origin: Origin) -> None:
        try:
            checked = check_object(obj, origin.locate)
        except InvalidInput as error:
            if not isinstance(obj, dict) or not obj.get("apiVersion") or "not an object" in error.message:
                error.hint = likely_meaning(origin.source.text) or error.hint
            self.complain(error, origin.source.text)
            return
        put_into(checked, self._default_namespace)
        state = self.loaded.state
        earlier = state.same_name(checked)
        if earlier is not None and earlier != checked:
            title = f"{checked['kind']} {'/'.join(filter(None, (namespace_of(checked), name_of(checked))))}"
            self.loaded.replaced.append(f"{origin.locate('')}: {title} replaces the one at {state.locate(earlier)}")
            self.loaded.notes.append(self.loaded.replaced[-1])
        state.add(checked, origin)


def put_into(obj: Object, default_namespace: str) -> None:
    """Give a namespaced object of a built-in kind that names no namespace this one."""
    if default_namespace and not namespace_of(obj) and kind_of(obj).kind in _NAMESPACED:
        obj["metadata"]["namespace"] = default_namespace
