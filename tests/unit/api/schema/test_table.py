"""The table of built-in types."""

from kubegate.api.catalog import builtin as catalog
from kubegate.api.schema.errors import Context
from kubegate.api.schema.table import builtin, go_name


def test_every_served_kind_has_a_type() -> None:
    missing = [str(resource.kind) for resource in catalog() if builtin().kind(resource.kind) is None]
    assert missing == []


def test_every_kind_can_be_read_from_nothing() -> None:
    for gvk in builtin().kinds():
        codec = builtin().kind(gvk)
        assert codec is not None
        once = codec.decode({}, Context())
        assert codec.decode(once, Context()) == once, gvk


def test_types_are_named_as_go_prints_them() -> None:
    assert go_name("[]core/v1.Container") == "[]v1.Container"
    assert go_name("map[core/v1.ResourceName]resource.Quantity") == "map[v1.ResourceName]resource.Quantity"
