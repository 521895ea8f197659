"""AdmissionConfiguration (apiserver.config.k8s.io v1, v1alpha1): the configuration of single admission plugins.

Read strictly: an unknown field, kind or version is an error, and all errors are reported together. A plugin's own
configuration is only located here; its model belongs to the plugin. Two older files, a bare ``imagePolicy`` or
``podNodeSelectorPluginConfig``, are read as kube-apiserver reads them.

Source: k8s.io/apiserver ``pkg/admission/config.go``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, Field, ValidationError

from kubegate.errors import ConfigurationError

KIND = "AdmissionConfiguration"
API_VERSIONS = ("apiserver.config.k8s.io/v1", "apiserver.config.k8s.io/v1alpha1", "apiserver.k8s.io/v1alpha1")
_LEGACY = {"imagePolicy": "ImagePolicyWebhook", "podNodeSelectorPluginConfig": "PodNodeSelector"}


@dataclass(frozen=True, slots=True)
class PluginSource:
    """A plugin's configuration as read, and the file it stands in (relative paths in it start from that file's folder)."""

    value: Mapping[str, Any] | None
    file: Path
    steps: tuple[str | int, ...] = ()
    """The way to it in the file."""


class _Entry(BaseModel, extra="forbid"):
    name: str = ""
    path: str = ""
    configuration: dict[str, Any] | None = None


class _File(BaseModel, extra="forbid"):
    apiVersion: str
    kind: str
    plugins: list[_Entry] = Field(default_factory=list)


def load(file: str) -> dict[str, PluginSource]:
    """Plugin name -> its configuration; "" reads nothing.

    Raises `ConfigurationError` naming the file and every wrong field."""
    if not file:
        return {}
    path = Path(file)
    document = read_yaml(path)
    legacy = [key for key in _LEGACY if key in document and "kind" not in document]
    if legacy:
        return {_LEGACY[key]: PluginSource(document, path) for key in legacy}
    try:
        parsed = _File.model_validate(document)
    except ValidationError as error:
        raise ConfigurationError(f"{place(path, first_of(error))}: {describe(error)}") from None
    if parsed.kind != KIND or parsed.apiVersion not in API_VERSIONS:
        raise ConfigurationError(
            f'{file}: no kind "{parsed.kind}" is registered for version "{parsed.apiVersion}"',
            hint=f"expected kind {KIND} of {API_VERSIONS[0]}",
        )
    sources: dict[str, PluginSource] = {}
    for index, entry in enumerate(parsed.plugins):
        if entry.name not in sources:  # the first of a name counts
            sources[entry.name] = _source(entry, path, index)
    return sources


def _source(entry: _Entry, file: Path, index: int) -> PluginSource:
    if entry.configuration is not None or not entry.path:
        return PluginSource(entry.configuration, file, ("plugins", index, "configuration"))
    path = Path(entry.path)
    if not path.is_absolute():
        path = file.parent / path
    return PluginSource(read_yaml(path), path)


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML or JSON mapping; raises `ConfigurationError` if there is none."""
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    except OSError as error:
        raise ConfigurationError(
            f'unable to read admission control configuration from "{path}" [{error.strerror}]'
        ) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        at = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        why = ": ".join(part for part in (error.context, error.problem) if part)
        raise ConfigurationError(f"{at}: this is not YAML: {why}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: {error}") from None
    if not isinstance(document, dict):
        raise ConfigurationError(f"{path}: expected a mapping")
    return document


def describe(error: ValidationError) -> str:
    """Every complaint of a pydantic model in one line: ``plugins[0].nam: unknown field``."""
    return "; ".join(f"{_path(item['loc'])}: {_words(item)}" for item in error.errors())


def first_of(error: ValidationError) -> tuple[int | str, ...]:
    """The way to the first thing that a model complains of."""
    return error.errors()[0]["loc"]


def place(file: Path, steps: Sequence[int | str]) -> str:
    """``file:line:column`` of a part of a YAML file, or of what it should stand in."""
    node = yaml.compose(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
    if node is None:
        return str(file)
    mark = node.start_mark
    for step in steps:
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step]
            mark = node.start_mark
        elif isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == step), None)
            if found is None:
                break
            mark, node = found[0].start_mark, found[1]
    return f"{file}:{mark.line + 1}:{mark.column + 1}"


def _path(location: tuple[int | str, ...]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.lstrip(".") or "<root>"


def _words(item: Any) -> str:
    if item["type"] == "extra_forbidden":
        return "unknown field"
    if item["type"] == "missing":
        return "required field is missing"
    if item["type"] == "greater_than" and item["ctx"]["gt"] == 0:
        return "must be positive"
    return str(item["ctx"]["error"]) if item["type"] == "value_error" else str(item["msg"])
