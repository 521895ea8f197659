"""An in-memory cluster state made from manifests, which remembers where each object stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count

import yaml

from kubegate.api.names import Object, kind_of, name_of, namespace_of
from kubegate.bundle.long_lists import Items, items_of
from kubegate.bundle.scalars import place_of
from kubegate.bundle.yaml_text import compose, find
from kubegate.errors import InvalidInput, Location

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def _place(node: yaml.Node, text: Callable[[], Sequence[str]], offset: int) -> tuple[int, int]:
    place = place_of(node, offset, text()) if offset >= 0 else None
    return place or (node.start_mark.line, node.start_mark.column)


@dataclass
class Source:
    """A file (or standard input) with its text."""

    file: str
    text: bytes

    @cached_property
    def documents(self) -> list[yaml.Node]:
        """Its documents with the places of every part; composed when somebody asks where something stands."""
        return list(compose(self.text, self.file))

    @cached_property
    def lines(self) -> list[str]:
        """Its lines."""
        return self.text.decode("utf-8", "replace").splitlines()

    @cached_property
    def _items(self) -> Items | None:
        return items_of(self.text)

    def place(self, document: int, steps: Sequence[str | int], offset: int = -1) -> tuple[int, int]:
        """The line and column (from 0) of what is at a path of a document, or of a character of the text there where the
        file spells it in a way that characters can be counted in. Raises `InvalidInput` for a text that is no YAML."""
        items = self._items if document == 0 and steps[:1] == ["items"] and len(steps) > 1 else None
        index = steps[1] if items is not None else None
        if items is None or not isinstance(index, int) or index >= len(items.spans):
            return _place(find(self.documents[document], list(steps)), lambda: self.lines, offset)
        _, _, line, column = items.spans[index]
        below, beside = _place(find(items.node(index), list(steps[2:])), lambda: items.lines(index), offset)
        return line + below, beside + (column if below == 0 else 0)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an object comes from: source, number of the document, path of the object in it (items of a List), line."""

    source: Source
    document: int
    inside: tuple[str | int, ...] = ()
    line: int = 0

    def locate(self, path: str) -> Location:
        """The place of a part of the object, as ``rules[2].verbs`` names it; "" is the object itself."""
        if not path and self.line:
            return Location(self.source.file, self.line)
        return self._place([int(index) if index else name for name, index in _STEP.findall(path)], path)

    def locate_text(self, steps: Sequence[str | int], offset: int = 0) -> Location:
        """The place of a character of the text at a path, whose steps may hold dots (``("metadata", "labels", "a.b/c")``).

        It is the place of the whole text where the file spells it in a way that characters cannot be counted in."""
        shown = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")
        return self._place(steps, shown, offset) if steps else self.locate("")

    def of_text(self, text: str) -> Origin:
        """The same place of another text of the file."""
        return Origin(Source(self.source.file, text.encode()), self.document, self.inside, self.line)

    def _place(self, steps: Sequence[str | int], shown: str, offset: int = -1) -> Location:
        try:
            line, column = self.source.place(self.document, [*self.inside, *steps], offset)
        except InvalidInput:
            return Location(self.source.file, self.line, 0, shown)  # JSON may hold escapes that YAML does not know
        return Location(self.source.file, line + 1, column + 1, shown)


ObjectKey = tuple[str, str, str, str]
"""(group, kind, namespace, name)"""


_NUMBERED = "\0"
"""Stands in keys between the beginning of a name and a number; no name holds it."""


def _without_number(key: ObjectKey) -> ObjectKey:
    return (*key[:3], key[3].partition(_NUMBERED)[0])


@dataclass
class ClusterState:
    """The objects by group, kind, namespace and name; a later one of the same name replaces an earlier one."""

    objects: dict[ObjectKey, Object] = field(default_factory=dict)
    _origins: dict[int, Origin] = field(default_factory=dict)

    def add(self, obj: Object, origin: Origin | None = None) -> None:
        """Take an object in."""
        self.objects[self._key(obj)] = obj
        if origin is not None:
            self._origins[id(obj)] = origin

    def _key(self, obj: Object) -> ObjectKey:
        """Objects that have only the beginning of a name (``generateName``) are numbered: each is one of its own."""
        kind, name = kind_of(obj), name_of(obj)
        key = (kind.group, kind.kind, namespace_of(obj), name)
        if name:
            return key
        beginning = str((obj.get("metadata") or {}).get("generateName") or "") + _NUMBERED
        return next(made for made in ((*key[:3], f"{beginning}{n}") for n in count()) if self.objects.get(made, obj) is obj)

    def same_name(self, obj: Object) -> Object | None:
        """The object that this one would replace, or None."""
        return self.objects.get(self._key(obj))

    def replace(self, old: Object, new: Object) -> None:
        """Put ``new`` in the place of ``old``, standing where it stood."""
        origin = self._origins.get(id(old))
        self.add(new, origin)

    def of_kind(self, group: str, *kinds: str) -> list[Object]:
        """The objects of some kinds of a group, in the order in which they were read."""
        return [obj for key, obj in self.objects.items() if key[0] == group and key[1] in kinds]

    def copy(self) -> ClusterState:
        """The same objects; taking more in does not change this one."""
        return ClusterState(dict(self.objects), self._origins)

    def get(self, group: str, kind: str, namespace: str, name: str) -> Object | None:
        """One object, or None."""
        return self.objects.get((group, kind, namespace, name))

    def locate(self, obj: Object, path: str = "") -> Location | None:
        """Where an object or a part of it (``rules[2]``) stands; None for objects that are in no file."""
        origin = self._origins.get(id(obj))
        return origin.locate(path) if origin else None

    def locate_text(self, obj: Object, steps: Sequence[str | int], offset: int = 0) -> Location | None:
        """Where a character of a text in an object stands (see `Origin`); None for objects that are in no file."""
        origin = self._origins.get(id(obj))
        return origin.locate_text(steps, offset) if origin else None

    def origin_of(self, obj: Object) -> Origin | None:
        """Which part of which file an object is; None for objects that are in no file."""
        return self._origins.get(id(obj))

    def namespaces(self) -> list[str]:
        """Every namespace that is declared or used, sorted."""
        declared = {name_of(obj) for obj in self.of_kind("", "Namespace")}
        return sorted(declared | {key[2] for key in self.objects if key[2]})

    def merge(self, objects: Iterable[Object]) -> None:
        """Add objects where none of their name is yet."""
        for obj in objects:
            if self._key(obj) not in self.objects:
                self.add(obj)

    def excluding(self, objects: Iterable[Object]) -> ClusterState:
        """A state that has none of the objects of these names."""
        gone = {_without_number(self._key(obj)) for obj in objects}
        return replace(self, objects={key: obj for key, obj in self.objects.items() if _without_number(key) not in gone})

    def __iter__(self) -> Iterator[Object]:
        return iter(self.objects.values())

    def __len__(self) -> int:
        return len(self.objects)
