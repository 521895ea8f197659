"""One small change of one object of a policy, and how it is shown."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import yaml

from kubegate.api.names import Object, kind_of, name_of, namespace_of
from kubegate.errors import Location


class MutantKey(NamedTuple):
    """The object by file and title, and what becomes of it ("": it is removed)."""

    operator: str
    file: str
    title: str
    mutated: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """``operator`` names the kind of change; ``mutated`` None removes the object; ``location``: the part that is changed."""

    operator: str
    target: Object
    mutated: Object | None
    location: Location

    @property
    def text(self) -> str:
        """``verb added: Role shop/reader``."""
        return f"{self.operator}: {titled(self.target)}"

    @property
    def patch(self) -> str:
        """The change as a unified diff of the object's YAML."""
        old = _yaml(self.target)
        new = _yaml(self.mutated) if self.mutated is not None else []
        file = self.location.file
        return "".join(difflib.unified_diff(old, new, file, file if new else "/dev/null"))

    @property
    def key(self) -> MutantKey:
        """What makes it the same mutant in two suites that load the same file."""
        mutated = "".join(_yaml(self.mutated)) if self.mutated is not None else ""
        return MutantKey(self.operator, str(Path(self.location.file).resolve()), titled(self.target), mutated)


def titled(obj: Object) -> str:
    """``Role shop/reader``."""
    namespace = namespace_of(obj)
    return f"{kind_of(obj).kind} {namespace}/{name_of(obj)}" if namespace else f"{kind_of(obj).kind} {name_of(obj)}"


def _yaml(obj: Object) -> list[str]:
    return yaml.safe_dump(obj, sort_keys=False, default_flow_style=False).splitlines(keepends=True)
