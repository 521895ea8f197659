"""JSON values in which something is wrong."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

VALUES: list[Any] = [
    *(None, True, 0, -1, 2**31, 2**63, -(2**63) - 1, 1.5, 1e300, "", "a", "A_B", "x" * 300, "\0", "é", "1Gi", "-1"),
    *("2e99999999", "10%", "/", "..", "a.b/c", "a=b,!c", "0.0.0.0/33", "::1", "1970-01-01T00:00:00Z", "size(", "(*", "[["),
    *([], [None], [[]], ["a", "a"], {}, {"a": None}, {"": ""}, {"a": {"b": {}}}),
]

Path = tuple[str | int, ...]


def paths(value: Any, here: Path = ()) -> list[Path]:
    """Every place in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [*([here] if here else []), *(path for key, below in inner for path in paths(below, (*here, key)))]


@st.composite
def spoiled(draw: st.DrawFn, obj: dict[str, Any]) -> Any:
    """An object in which a few places hold something else, nothing, or twice the same."""
    made = copy.deepcopy(obj)
    for _ in range(draw(st.integers(1, 3))):
        places = paths(made)
        if not places:
            break
        *above, last = draw(st.sampled_from(places))
        parent: Any = made
        for key in above:
            parent = parent[key]
        kind = type(parent[last])
        change = draw(st.sampled_from(["alike", "any", "gone", "twice"]))
        if change == "gone":
            del parent[last]
        elif change == "twice" and isinstance(parent, list):
            parent.append(copy.deepcopy(parent[last]))
        else:
            alike = [value for value in VALUES if isinstance(value, kind)]
            parent[last] = copy.deepcopy(draw(st.sampled_from(alike if change == "alike" and alike else VALUES)))
    return made
