"""Where cases stand in suite files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import yaml

from kubegate.bundle.yaml_text import compose
from kubegate.errors import ConfigurationError, InvalidInput, Location


@contextmanager
def placed(file: str, path: Sequence[str | int]) -> Iterator[None]:
    """What is wrong with a part of a suite, and does not say where it stands, stands there."""
    try:
        yield
    except InvalidInput as error:
        if error.location is not None or not Path(file).is_file():
            raise
        place = Places.of_file(file).place(file, path)
        raise InvalidInput(error.message, location=place, hint=error.hint) from error
    except ConfigurationError as error:
        if not Path(file).is_file():
            raise
        place = Places.of_file(file).place(file, path)
        raise InvalidInput(error.message, location=place, hint=error.hint) from error


def dotted(path: Sequence[str | int]) -> str:
    """``spec.access[0].can``"""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


class Places:
    """The places of the parts of one YAML document; it is composed when the first is asked for."""

    def __init__(self, text: str, root: yaml.Node | None = None) -> None:
        self._text = text
        self._known = root

    @classmethod
    def of_file(cls, file: str) -> Places:
        """Of a suite that has been read; of a file that has gone since, every place is unknown."""
        try:
            return cls(Path(file).read_text(encoding="utf-8"))
        except OSError:
            return cls("")

    @cached_property
    def _root(self) -> yaml.Node | None:
        if self._known is not None:
            return self._known
        try:
            return next(compose(self._text), None)
        except InvalidInput:
            return None

    def line(self, path: Sequence[str | int]) -> int:
        """The line (from 1) of the deepest part of ``path`` that the document has; 0 if there is no document."""
        return self._at(path)[0]

    def place(self, file: str, path: Sequence[str | int]) -> Location:
        """The same with file, column and path."""
        return Location(file, *self._at(path), dotted(path))

    def _at(self, path: Sequence[str | int]) -> tuple[int, int]:
        node = self._root
        if node is None:
            return 0, 0
        mark = node.start_mark
        for part in path:
            if isinstance(node, yaml.MappingNode):
                found = next(((key, value) for key, value in node.value if key.value == str(part)), None)
                if found is None:
                    break
                mark, node = found[0].start_mark, found[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                mark = node.start_mark
            else:
                break
        return mark.line + 1, mark.column + 1
