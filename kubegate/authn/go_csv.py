"""CSV as Go's ``encoding/csv`` reads it, with its error messages (FieldsPerRecord -1, no lazy quotes, no trimming)."""

from __future__ import annotations

from kubegate.errors import ConfigurationError

_BARE_QUOTE = 'bare " in non-quoted-field'
_QUOTE = 'extraneous or missing " in quoted-field'


def read_csv(text: str) -> list[list[str]]:
    """All records; blank lines are none. Raises `ConfigurationError` ``parse error on line 1, column 7: ...``.

    Columns count bytes from 1, as Go's do.
    """
    reader = _Reader(_lines(text))
    records: list[list[str]] = []
    while reader.number < len(reader.lines):
        if reader.lines[reader.number] in ("\n", ""):
            reader.number += 1
        else:
            records.append(reader.record())
    return records


def _lines(text: str) -> list[str]:
    """Lines with their end as ``\\n``; a last line without one stays without, a lone ``\\r`` at the very end goes."""
    lines = [line + "\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    if last:
        lines.append(last.removesuffix("\r"))
    return [line[:-2] + "\n" if line.endswith("\r\n") else line for line in lines]


class _Reader:
    """``number`` is the line to read next (from 0), ``at`` the place in it, ``start`` the current record's first line."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.number = self.start = self.at = 0

    def record(self) -> list[str]:
        """The record that begins on this line; afterwards ``number`` is the line after it."""
        self.start, self.at = self.number, 0
        fields: list[str] = []
        more = True
        while more:
            quoted = self.lines[self.number].startswith('"', self.at)
            field, more = self._quoted() if quoted else self._plain()
            fields.append(field)
        self.number += 1
        return fields

    def _plain(self) -> tuple[str, bool]:
        line = self.lines[self.number]
        end = line.find(",", self.at)
        field = line[self.at : end] if end >= 0 else line[self.at :].removesuffix("\n")
        if '"' in field:
            raise self._error(self.at + field.index('"'), _BARE_QUOTE)
        self.at = end + 1
        return field, end >= 0

    def _quoted(self) -> tuple[str, bool]:
        self.at += 1
        parts: list[str] = []
        while True:
            line = self.lines[self.number]
            end = line.find('"', self.at)
            if end < 0:
                parts.append(line[self.at :])
                self._next_line()
                continue
            parts.append(line[self.at : end])
            after = line[end + 1 : end + 2]
            self.at = end + 2
            if after == '"':
                parts.append('"')
            elif after in (",", "\n", ""):
                return "".join(parts), after == ","
            else:
                raise self._error(end, _QUOTE)

    def _next_line(self) -> None:
        if self.number + 1 >= len(self.lines):
            raise self._error(len(self.lines[self.number]), _QUOTE)
        self.number, self.at = self.number + 1, 0

    def _error(self, index: int, what: str) -> ConfigurationError:
        column = len(self.lines[self.number][:index].encode("utf-8", "surrogateescape")) + 1
        place = f"parse error on line {self.number + 1}, column {column}: {what}"
        if self.start != self.number:
            place = f"record on line {self.start + 1}; {place}"
        return ConfigurationError(place)
