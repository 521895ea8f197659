"""The documents of a manifest directory, and a hash that tells whether they changed.

Source: k8s.io/apiserver ``pkg/admission/plugin/manifest``.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from kubegate.api.go import quote
from kubegate.errors import ConfigurationError

_SUFFIXES = (".yaml", ".yml", ".json")
_SEPARATOR = re.compile(rb"^---[^\n]*(?:\n|\Z)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file."""

    file: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Directory:
    """What a directory held when it was read."""

    documents: tuple[Document, ...]
    digest: str


def fingerprint(directory: str) -> tuple[tuple[str, int, int], ...] | None:
    """Name, time and size of each manifest file: cheap to ask for; None if the directory cannot be read."""
    try:
        found = [(path, path.stat()) for path in _files(directory)]
    except OSError:
        return None
    return tuple((path.name, stat.st_mtime_ns, stat.st_size) for path, stat in found)


def read(directory: str) -> Directory:
    """The manifest files in the order of their names; folders within are not looked into.

    Raises `ConfigurationError` if the directory or a file cannot be read."""
    try:
        files = _files(directory)
    except OSError as error:
        problem = f"failed to read manifest directory {quote(directory)}: {_reason(error)}"
        raise ConfigurationError(problem) from error
    documents: list[Document] = []
    digest = hashlib.sha256()
    for path in files:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ConfigurationError(f"failed to read file {quote(str(path))}: {_reason(error)}") from error
        digest.update(content + b"\0")
        documents += [Document(str(path), part) for part in _split(content)]
    return Directory(tuple(documents), f"sha256:{digest.hexdigest()}")


def _files(directory: str) -> list[Path]:
    found = [path for path in Path(directory).iterdir() if path.suffix.lower() in _SUFFIXES and not path.is_dir()]
    return sorted(found, key=lambda path: path.name)


def _split(content: bytes) -> list[bytes]:
    return [part for part in map(bytes.strip, _SEPARATOR.split(content.replace(b"\r\n", b"\n"))) if part]


def _reason(error: OSError) -> str:
    return f"open {error.filename}: {(error.strerror or 'unreadable').lower()}"
