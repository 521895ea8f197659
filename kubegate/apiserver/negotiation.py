"""Which representation the client takes: JSON, YAML, a Table, or PartialObjectMetadata.

Source: k8s.io/apiserver ``endpoints/handlers/negotiation``.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from kubegate.api.status import Status, StatusError

JSON = "application/json"
YAML = "application/yaml"
PROTOBUF = "application/vnd.kubernetes.protobuf"
_ACCEPTED = (JSON, YAML)
OFFERED = f"{JSON}, {YAML}, {PROTOBUF}"
_TRANSFORMED = {"Table", "PartialObjectMetadata", "PartialObjectMetadataList"}


@dataclass(frozen=True, slots=True)
class MediaType:
    """One clause of an Accept header."""

    type: str
    parameters: tuple[tuple[str, str], ...] = ()
    quality: float = 1.0

    def parameter(self, name: str) -> str:
        """A parameter's value, or ""."""
        return next((value for key, value in self.parameters if key == name), "")


@dataclass(frozen=True, slots=True)
class Representation:
    """What is sent: the serialization, and the transformed kind in meta.k8s.io (``Table``; "" for the object itself)."""

    media_type: str = JSON
    transform: str = ""
    version: str = ""
    pretty: bool = False

    @property
    def content_type(self) -> str:
        return self.media_type


def not_acceptable() -> StatusError:
    """406: nothing that the client takes can be written."""
    message = f"406: Not Acceptable\n\nAvailable representations: {OFFERED}"
    return StatusError(Status(406, "NotAcceptable", message, {}))


def only_accepted() -> StatusError:
    """406: the serialization is fine, but not what is asked to be in it."""
    return StatusError(Status(406, "NotAcceptable", f"only the following media types are accepted: {OFFERED}"))


@functools.lru_cache(maxsize=512)
def parse_accept(header: str) -> tuple[MediaType, ...]:
    """The clauses, best quality first, else in order."""
    clauses = []
    for part in header.split(","):
        name, *rest = (piece.strip() for piece in part.split(";"))
        if not name:
            continue
        parameters = tuple(
            (key.strip(), value.strip().strip('"')) for key, _, value in (piece.partition("=") for piece in rest)
        )
        quality = next((_quality(value) for key, value in parameters if key == "q"), 1.0)
        clauses.append(MediaType(name.lower(), tuple(p for p in parameters if p[0] != "q"), quality))
    return tuple(sorted(clauses, key=lambda clause: -clause.quality))


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0


def _serialization(name: str) -> str | None:
    if name in _ACCEPTED:
        return name
    if name in ("*/*", "application/*"):
        return JSON
    return None


@functools.lru_cache(maxsize=512)
def check_acceptable(header: str) -> None:
    """Raise 406 if no clause of the Accept header names a serialization that there is."""
    if header and all(_serialization(clause.type) is None for clause in parse_accept(header)):
        raise not_acceptable()


@functools.lru_cache(maxsize=512)
def negotiate(header: str, transforms: bool = False) -> Representation:
    """The representation for an Accept header; ``transforms`` allows Table and PartialObjectMetadata. Raises 406."""
    if not header:
        return Representation()
    for clause in parse_accept(header):
        serialization = _serialization(clause.type)
        if serialization is None:
            continue
        pretty = clause.parameter("pretty") in ("1", "true")
        wanted = clause.parameter("as")
        if not wanted:
            return Representation(serialization, pretty=pretty)
        group, version = clause.parameter("g"), clause.parameter("v")
        if transforms and wanted in _TRANSFORMED and group == "meta.k8s.io" and version in ("v1", "v1beta1"):
            return Representation(serialization, wanted, version, pretty)
    raise only_accepted()
