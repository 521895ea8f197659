"""One small change of one object of a policy, and how it is shown."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import orjson
import yaml

from kubegate.analysis.mutation.patches.unified import unified
from kubegate.api.names import Object, kind_of, name_of, namespace_of
from kubegate.errors import Location


class MutantKey(NamedTuple):
    """The object by file and title, and what becomes of it ("": it is removed)."""

    operator: str
    file: str
    title: str
    mutated: str


class FileChange(Protocol):
    """A mutant as a change of the file that its object stands in."""

    @property
    def text(self) -> str:
        """The file."""
        ...

    def changed(self) -> list[str] | None:
        """The lines after the change; None if it cannot be made in the file."""
        ...


@dataclass(frozen=True, slots=True)
class Mutant:
    """``operator`` names the kind of change; ``mutated`` None removes the object; ``location``: the part that is changed;
    ``change``: the same in the file."""

    operator: str
    target: Object
    mutated: Object | None
    location: Location
    change: FileChange | None = None

    @property
    def text(self) -> str:
        """``verb added: Role shop/reader``."""
        return f"{self.operator}: {titled(self.target)}"

    @property
    def place(self) -> str:
        """``policy.yaml:12``, of a change within a text also the column."""
        place = f"{self.location.file}:{self.location.line}"
        return f"{place}:{self.location.column}" if self.location.column and self.of_text else place

    @property
    def of_text(self) -> bool:
        """Whether a part of an expression is changed."""
        path = self.location.path
        return path.endswith(".rule") or (path.endswith(("xpression", "]")) and any(text in path for text in _TEXTS))

    @property
    def patch(self) -> str:
        """The change as a unified diff of the file (for ``git apply`` and ``patch -p1``); where there is no such file, or it
        cannot be changed so, of the object's YAML."""
        changed = self.change.changed() if self.change is not None else None
        if self.change is not None and changed is not None:
            return unified(self.location.file, self.change.text, changed)
        old = _yaml(self.target)
        new = _yaml(self.mutated) if self.mutated is not None else []
        file = self.location.file
        return "".join(difflib.unified_diff(old, new, file, file if new else "/dev/null"))

    @property
    def key(self) -> MutantKey:
        """What makes it the same mutant in two suites that load the same file."""
        mutated = orjson.dumps(self.mutated).decode() if self.mutated is not None else ""
        return MutantKey(self.operator, str(Path(self.location.file).resolve()), titled(self.target), mutated)


_TEXTS = tuple(f".{name}[" for name in ("variables", "matchConditions", "validations", "mutations", "when"))


def titled(obj: Object) -> str:
    """``Role shop/reader``."""
    namespace = namespace_of(obj)
    return f"{kind_of(obj).kind} {namespace}/{name_of(obj)}" if namespace else f"{kind_of(obj).kind} {name_of(obj)}"


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, and what is there twice twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def dumped(value: Any, *, compact: bool = False) -> str:
    """YAML for people; ``compact``: the innermost lists and maps on one line."""
    style = None if compact else False
    made: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, default_flow_style=style, allow_unicode=True, width=110)
    return made


def _yaml(obj: Object) -> list[str]:
    return dumped(obj).splitlines(keepends=True)
