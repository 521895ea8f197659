"""docs/admission.md: its plugins are those of the catalogue, its example plugin works."""

from __future__ import annotations

import re
from pathlib import Path

from kubegate.admission import catalog
from kubegate.admission.interface import Operation, Review
from kubegate.api.names import GroupVersionKind, GroupVersionResource
from kubegate.api.user import User

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "admission.md").read_text(encoding="utf-8")


def test_the_table_names_every_plugin_in_order_and_what_is_on() -> None:
    rows = re.findall(r"^\| (.+?) \| (yes)? ?\| ", PAGE.partition("## Configuration")[0], re.MULTILINE)
    listed = [(name, on == "yes") for names, on in rows if names not in ("Plugin", "---") for name in names.split(", ")]
    assert listed == [(entry.name, entry.on_by_default) for entry in catalog.IN_TREE + catalog.LAST]


def test_the_example_plugin() -> None:
    code = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert code is not None
    names: dict[str, object] = {}
    exec(code[1], names)
    plugin = names["PLUGIN"].build(None, None)  # type: ignore[attr-defined]
    review = Review(
        Operation.CREATE,
        GroupVersionKind("", "v1", "Namespace"),
        GroupVersionResource("", "v1", "namespaces"),
        User.of("alice", []),
        name="shop",
        object={"metadata": {"name": "shop"}},
    )
    assert plugin.validate(review).message == 'namespaces "shop" is forbidden: the label team is missing'
    review.object = {"metadata": {"name": "shop", "labels": {"team": "web"}}}
    assert plugin.validate(review) is None
