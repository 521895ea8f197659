"""What the marker ``kubegate`` says."""

from __future__ import annotations

from typing import Any

import pytest

NAME = "kubegate"
LINE = (
    f"{NAME}(*paths, operator=None, manifests=(), clock=None, **options): paths are the manifests of the `gate` fixture, "
    "relative to the test's file, options those of Gate.over; operator NAMESPACE/NAME and its manifests are for `operator`; "
    "clock is where the clock of `api_server` stands"
)
OWN = ("operator", "manifests", "clock")


def option(node: pytest.Item, name: str) -> Any:
    """A setting of the nearest marker that has it; None if none has."""
    return next((marker.kwargs[name] for marker in node.iter_markers(NAME) if name in marker.kwargs), None)


def paths(node: pytest.Item) -> tuple[tuple[str, ...], dict[str, Any]] | None:
    """The paths, and the options of the gate, of the nearest marker that is about it."""
    for marker in node.iter_markers(NAME):
        options = {name: value for name, value in marker.kwargs.items() if name not in OWN}
        if marker.args or options or not marker.kwargs:
            return marker.args, options
    return None
