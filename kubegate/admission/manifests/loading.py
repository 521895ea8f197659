"""Documents into objects: read strictly, defaulted and validated as the API does, and fit to stand alone.

Source: k8s.io/apiserver ``pkg/admission/plugin/{policy,webhook}/manifest/loader``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kubegate.admission.interface import Environment
from kubegate.admission.manifests.directory import Directory
from kubegate.admission.manifests.rules import check_name, check_object, check_references
from kubegate.api.go import quote
from kubegate.api.names import GroupVersionKind, Object, kind_of, name_of
from kubegate.api.schema import decode
from kubegate.api.schema.errors import DecodeError
from kubegate.errors import ConfigurationError

_GROUP, _VERSION = "admissionregistration.k8s.io", "v1"
_LIST = GroupVersionKind("", "v1", "List")


@dataclass(frozen=True)
class Loader:
    """Reads objects of ``kinds``: those of webhooks, or policies with their bindings."""

    environment: Environment
    kinds: Sequence[str]

    def load(self, directory: Directory) -> dict[str, list[Object]]:
        """The objects by kind, in the order of their names; raises `ConfigurationError` for the first thing wrong."""
        made: dict[str, list[Object]] = {kind: [] for kind in self.kinds}
        seen: dict[str, dict[str, str]] = {kind: {} for kind in self.kinds}
        for document in directory.documents:
            try:
                for obj in self._objects(document.content):
                    kind = kind_of(obj).kind
                    self._complete(obj)
                    check_name(name_of(obj), document.file, seen[kind])
                    check_object(obj, document.file)
                    made[kind].append(obj)
            except (ConfigurationError, DecodeError) as error:
                raise ConfigurationError(f"error loading {document.file}: {error.message}") from error
        if len(self.kinds) > 1:
            check_references(*(made[kind] for kind in self.kinds))
        return {kind: sorted(objects, key=name_of) for kind, objects in made.items()}

    def _objects(self, content: bytes) -> Iterator[Object]:
        parsed = decode.parse(content, yaml=not content.startswith(b"{"))
        if parsed.value is None:  # comments
            return
        kind = decode.interpret(parsed.value)
        if kind == _LIST:
            for item in parsed.value.get("items") or ():
                yield self._object(item, self._supported(decode.interpret(item), " in List"), parsed.duplicates)
        elif kind.kind.endswith("List") and kind.kind.removesuffix("List") in self.kinds:
            single = self._supported(kind._replace(kind=kind.kind.removesuffix("List")))
            for item in parsed.value.get("items") or ():
                yield self._object(item, single, parsed.duplicates)
        else:
            yield self._object(parsed.value, self._supported(kind), parsed.duplicates)

    def _supported(self, kind: GroupVersionKind, where: str = "") -> GroupVersionKind:
        for what, name in ((kind.kind, "Kind"), (kind.version, "apiVersion")):
            if not what:
                raise ConfigurationError(f"Object '{name}' is missing")
        if (kind.group, kind.version) != (_GROUP, _VERSION) or kind.kind not in self.kinds:
            raise ConfigurationError(f"unsupported resource type {kind.api_version}, Kind={kind.kind}{where}")
        return kind

    @staticmethod
    def _object(value: Any, kind: GroupVersionKind, duplicates: list[str]) -> Object:
        obj, unknown = decode.to_object(value, kind)
        complaints = decode.strict_complaints(duplicates, unknown)
        if complaints:
            raise ConfigurationError(f"strict decoding error: {', '.join(complaints)}")
        return obj

    def _complete(self, obj: Object) -> None:
        """Default and validate; raises `ConfigurationError`."""
        kind = kind_of(obj)
        resource = self.environment.catalog().by_kind(kind)
        if resource is None:
            raise ConfigurationError(f"{kind.kind} is not served")
        self.environment.default(resource.gvr, obj)
        errors = list(dict.fromkeys(str(error) for error in self.environment.validate(resource.gvr, obj)))
        if errors:
            text = errors[0] if len(errors) == 1 else f"[{', '.join(errors)}]"
            raise ConfigurationError(f"{kind.kind} {quote(name_of(obj))}: {text}")
