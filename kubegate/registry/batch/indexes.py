"""Lists of indexes of a job's pods: ``1,3-5,7``.

Source: ``pkg/apis/batch/validation``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubegate.api.go import quote

_INTEGER = re.compile("[+-]?[0-9]+", re.ASCII)


class IndexListError(ValueError):
    """A list of indexes that cannot be read, in the server's words."""


def count_indexes(text: str, completions: int) -> int:
    """How many indexes the list names, each below ``completions``. Raises `IndexListError`."""
    total, last = 0, -1
    for position, interval in enumerate(text.split(",") if text else ()):
        first, end = _interval(interval, completions)
        if position and last >= first:
            raise IndexListError(f"non-increasing order, previous: {last}, current: {first}")
        total, last = total + end - first + 1, end
    return total


def first_overlap(one: str, other: str, completions: int) -> int | None:
    """The first index that both lists name; intervals that cannot be read are passed over."""
    left, right = list(_readable(one, completions)), list(_readable(other, completions))
    while left and right:
        (first, end), (begin, last) = left[0], right[0]
        if first <= last and begin <= end:
            return max(first, begin)
        del (left if first <= begin else right)[0]
    return None


def _readable(text: str, completions: int) -> Iterator[tuple[int, int]]:
    for interval in text.split(",") if text else ():
        try:
            yield _interval(interval, completions)
        except IndexListError:
            continue


def _interval(text: str, completions: int) -> tuple[int, int]:
    limits = text.split("-")
    if len(limits) > 2:
        rule = "violates the requirement that an index interval can have at most two parts separated by '-'"
        raise IndexListError(f"the fragment {quote(text)} {rule}")
    first = end = _index(limits[0], completions)
    if len(limits) > 1:
        end = _index(limits[1], completions)
        if first >= end:
            raise IndexListError(f"non-increasing order, previous: {first}, current: {end}")
    return first, end


def _index(text: str, completions: int) -> int:
    if not _INTEGER.fullmatch(text):
        raise IndexListError(f"cannot convert string to integer for index: {quote(text)}")
    if int(text) >= completions:
        raise IndexListError(f"too large index: {quote(text)}")
    return int(text)
