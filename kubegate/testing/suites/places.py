"""Where cases stand in suite files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from kubegate.errors import InvalidInput, Location

_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@contextmanager
def placed(file: str, path: Sequence[str | int]) -> Iterator[None]:
    """What is wrong with a part of a suite, and does not say where it stands, stands there."""
    try:
        yield
    except InvalidInput as error:
        if error.location is not None:
            raise
        place = Location(file, Places.of_file(file).line(path), 0, ".".join(map(str, path)))
        raise InvalidInput(error.message, location=place, hint=error.hint) from error


class Places:
    """The lines of the parts of one YAML document; it is composed when the first is asked for."""

    def __init__(self, text: str) -> None:
        self._text = text

    @classmethod
    def of_file(cls, file: str) -> Places:
        """Of a suite that has been read; of a file that has gone since, every line is unknown."""
        try:
            return cls(Path(file).read_text(encoding="utf-8"))
        except OSError:
            return cls("")

    @cached_property
    def _root(self) -> Any:
        try:
            return yaml.compose(self._text, Loader=_LOADER)
        except yaml.YAMLError:
            return None

    def line(self, path: Sequence[str | int]) -> int:
        """The line (from 1) of the deepest part of ``path`` that the document has; 0 if there is no document."""
        node, line = self._root, 0
        if node is None:
            return 0
        for part in path:
            if isinstance(node, yaml.MappingNode):
                found = next(((key, value) for key, value in node.value if key.value == str(part)), None)
                if found is None:
                    break
                line, node = found[0].start_mark.line, found[1]
            elif isinstance(node, yaml.SequenceNode) and str(part).isdigit() and int(part) < len(node.value):
                node = node.value[int(part)]
                line = node.start_mark.line
            else:
                break
        return int(line) + 1
