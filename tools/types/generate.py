"""Writes kubegate/api/schema/types.json: the Go facts of every kind of a Kubernetes version.

    python tools/types/generate.py PATH/TO/kubectl

Two sources are joined: the JSON schemas of `kubernetes-validate` (which kinds and fields version 1.36 has, list types,
map keys) and the types compiled into a kubectl (order of fields, pointers, omitempty, Go's names, patch strategies).
What only the schemas know (newer than that kubectl, or not linked into it) is completed by the rules of the code
generators: a required field is always written, an optional object is a pointer; exceptions stand in overrides.json.

A type is ``{json name: [Go name, type, flags, more]}``; flags: 1 omitempty, 2 omitzero; ``more`` holds ``pk`` (patch merge
key), ``ps`` (patch strategy), ``lt`` (list type), ``mk`` (list map keys), ``mt`` (map type). ``atomic`` names the
types that are written as a whole. An alias is a named type that is
no struct.
"""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from typing import Any

from gobinary import GoBinary, GoField

VERSION = "1.36.0"
TARGET = Path(__file__).parents[2] / "kubegate/api/schema/types.json"
OVERRIDES = json.loads(Path(__file__).with_name("overrides.json").read_text())
PREFIXES = ("k8s.io/api/", "k8s.io/apimachinery/pkg/apis/", "k8s.io/apimachinery/pkg/")
OPTIONS = (
    "CreateOptions",
    "DeleteOptions",
    "GetOptions",
    "ListOptions",
    "PatchOptions",
    "UpdateOptions",
    "Status",
    "WatchEvent",
)
OMITEMPTY, OMITZERO = 1, 2


def short(name: str) -> str:
    """``k8s.io/api/core/v1.Pod`` -> ``core/v1.Pod``, inside type expressions too."""
    for prefix in PREFIXES:
        name = name.replace(prefix, "")
    return name.replace("api/resource.", "resource.").replace("util/intstr.", "intstr.")


def schema_id(name: str) -> str:
    """``io.k8s.api.core.v1.Pod`` -> ``core/v1.Pod``."""
    parts = name.removeprefix("io.k8s.").split(".")
    path = "/".join(parts[:-1])
    for prefix in (
        "apimachinery/pkg/apis/",
        "apimachinery/pkg/",
        "apiextensions-apiserver/pkg/apis/",
        "kube-aggregator/pkg/apis/",
        "api/",
    ):
        path = path.removeprefix(prefix)
    return f"{path}.{parts[-1]}".replace("api/resource.", "resource.").replace("util/intstr.", "intstr.")


def load_schemas() -> dict[str, Any]:
    """The definitions of kubernetes-validate, by our ids."""
    spec = importlib.util.find_spec("kubernetes_validate")
    assert spec and spec.origin
    path = Path(spec.origin).parent / f"kubernetes-json-schema/v{VERSION}-local/_definitions.json"
    return {schema_id(name): body for name, body in json.loads(path.read_text())["$defs"].items()}


class Builder:
    """Joins the sources."""

    def __init__(self, binary: GoBinary) -> None:
        self.go = {short(name): value for name, value in binary.named_types().items()}
        self.schemas = load_schemas()
        self.types: dict[str, Any] = {}
        self.aliases: dict[str, str] = {}
        self.kinds: dict[str, str] = {}

    def build(self) -> dict[str, Any]:
        """Everything, as it is written."""
        groups = {}
        for name, schema in self.schemas.items():
            for gvk in schema.get("x-kubernetes-group-version-kind", ()):
                if name.rpartition(".")[2] not in OPTIONS:
                    self.kinds[f"{gvk['group']}/{gvk['version']}/{gvk['kind']}"] = name
                    groups[name.partition("/")[0]] = gvk["group"]
        served = sorted({kind.rpartition("/")[0] for kind in self.kinds})
        groups |= {"extensions": "extensions", "meta": "meta.k8s.io", "admission": "admission.k8s.io"}
        for name in self.go:
            self._old_kind(name, groups)
        for name in sorted(set(self.kinds.values())):
            self.require(name)
        return {
            "version": VERSION,
            "served": served,
            "kinds": dict(sorted(self.kinds.items())),
            "atomic": sorted(n for n, body in self.schemas.items() if body.get("x-kubernetes-map-type") == "atomic"),
            "aliases": dict(sorted(self.aliases.items())),
            "types": dict(sorted(self.types.items())),
        }

    def _old_kind(self, name: str, groups: dict[str, str]) -> None:
        match = re.fullmatch(r"([a-z]+)/(v[a-z0-9]+)\.([A-Z][A-Za-z]+)", name)
        if not match or match[1] not in groups or self.go[name][0] != "struct":
            return
        fields = {f.name for f in self.go[name][2] if f.embedded or f.name in ("ObjectMeta", "ListMeta")}
        if "TypeMeta" in fields and (len(fields) > 1 or match[3] in OPTIONS):
            self.kinds.setdefault(f"{groups[match[1]]}/{match[2]}/{match[3]}", name)

    def require(self, expression: str) -> None:
        """Make sure that every name in a type expression is known."""
        for name in re.findall(r"[a-z0-9]+(?:/[a-z0-9]+)*\.[A-Za-z0-9]+", expression):
            if name in self.types or name in self.aliases:
                continue
            if name in OVERRIDES["leaves"]:
                continue
            source = OVERRIDES["same_as"].get(name, name)
            if source in self.go and self.go[source][0] != "struct":
                kind, element, _ = self.go[source]
                text = {"map": f"map[string]{short(element)}", "slice": f"[]{short(element)}", "ptr": f"*{short(element)}"}
                self.aliases[name] = text.get(kind, kind)
                self.require(self.aliases[name])
            else:
                self._struct(name)

    def _struct(self, name: str) -> None:
        fields: dict[str, list[Any]] = {}
        self.types[name] = fields
        source = OVERRIDES["same_as"].get(name, name)
        schema = self.schemas.get(name, {})
        if source in self.go:
            self._from_go(source, fields, name if source != name else "", source)
        properties = schema.get("properties", {})
        for field, body in properties.items():
            if field not in fields:
                fields[field] = self._from_schema(name, field, body, field in schema.get("required", ()))
        if properties:
            for gone in set(fields) - set(properties):
                del fields[gone]
        for field, body in properties.items():
            self._structure(fields[field], body)
        for field, value in OVERRIDES["fields"].get(name, {}).items():
            fields[field][1:3] = value
        for entry in fields.values():
            self.require(entry[1])
            if not entry[3]:
                del entry[3]

    def _from_go(self, name: str, fields: dict[str, list[Any]], rename: str, source: str) -> None:
        for field in self.go[name][2]:
            tag = re.search(r'json:"([^"]*)"', field.tag)
            json_name, *options = tag[1].split(",") if tag else [""]
            if json_name == "-":
                continue
            kind = short(field.type)
            if field.embedded and not json_name:
                self._from_go(kind.lstrip("*"), fields, rename, source)
                continue
            if rename:
                kind = kind.replace(source.rpartition(".")[0] + ".", rename.rpartition(".")[0] + ".")
            flags = OMITEMPTY * ("omitempty" in options) | OMITZERO * ("omitzero" in options)
            fields[json_name or field.name] = [field.name, kind, flags, _patch(field)]

    def _from_schema(self, owner: str, field: str, body: dict[str, Any], required: bool) -> list[Any]:
        kind = self._expression(body)
        leaf = kind in OVERRIDES["leaves"] or "/" not in kind or kind.startswith(("[]", "map["))
        pointer = "" if required or leaf else "*"
        return [field[:1].upper() + field[1:], pointer + kind, 0 if required else OMITEMPTY, {}]

    def _expression(self, body: dict[str, Any]) -> str:
        if "$ref" in body:
            return schema_id(body["$ref"].rpartition("/")[2])
        types = body.get("type", "object")
        kind = types if isinstance(types, str) else types[0]
        if kind == "array":
            return "[]" + self._expression(body["items"])
        if kind == "object":
            return "map[string]" + self._expression(body["additionalProperties"])
        if kind == "integer":
            return str(body.get("format", "int64"))
        if kind == "number":
            return "float64"
        return "[]uint8" if body.get("format") == "byte" else {"boolean": "bool"}.get(kind, kind)

    def _structure(self, entry: list[Any], body: dict[str, Any]) -> None:
        reference = body.get("$ref", "").rpartition("/")[2]
        target = self.schemas.get(schema_id(reference), {}) if reference else {}
        more = entry[3]
        for key, short_key in (("list-type", "lt"), ("list-map-keys", "mk"), ("map-type", "mt")):
            value = body.get(f"x-kubernetes-{key}") or target.get(f"x-kubernetes-{key}")
            if value:
                more[short_key] = value
        for key, short_key in (("patch-strategy", "ps"), ("patch-merge-key", "pk")):
            if f"x-kubernetes-{key}" in body:
                more.setdefault(short_key, body[f"x-kubernetes-{key}"])


def _patch(field: GoField) -> dict[str, Any]:
    found = {"ps": r'patchStrategy:"([^"]*)"', "pk": r'patchMergeKey:"([^"]*)"'}
    matches = {key: re.search(pattern, field.tag) for key, pattern in found.items()}
    return {key: match[1] for key, match in matches.items() if match}


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps(Builder(GoBinary(Path(sys.argv[1]))).build(), separators=(",", ":")) + "\n")
