"""Patched objects are still objects of their kind, of custom kinds too."""

from __future__ import annotations

import pytest

from kubegate.admission.patched import read_patched
from kubegate.api.names import GroupVersionKind
from kubegate.api.status import StatusError

WIDGET = GroupVersionKind("example.com", "v1", "Widget")
CONFIG_MAP = GroupVersionKind("", "v1", "ConfigMap")


def widget(**changes):
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, **changes}


def test_what_is_fine_stays_as_it_is():
    obj = widget(spec={"any": [1, {"thing": None}]})
    assert read_patched(obj, WIDGET) == (obj, [])


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"metadata": "x"}, "json: cannot unmarshal string into Go struct field .metadata of type v1.ObjectMeta"),
        ({"metadata": {"name": 5}}, "cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string"),
        ({"metadata": {"labels": {"a": 5}}}, "Go struct field ObjectMeta.metadata.labels of type string"),
        ({"metadata": {"finalizers": "x"}}, "Go struct field ObjectMeta.metadata.finalizers of type []string"),
        ({"metadata": {"ownerReferences": [5]}}, "ObjectMeta.metadata.ownerReferences of type v1.OwnerReference"),
        ({"kind": 5}, "cannot unmarshal number into Go struct field .kind of type string"),
        ({"kind": "Gadget"}, "converting (v1.Gadget) to (example.Widget): unknown conversion"),
        ({"apiVersion": "example.com/v2"}, "converting (v2.Widget) to (example.Widget): unknown conversion"),
    ],
)
def test_custom_objects_keep_readable_metadata_and_their_kind(changes, why):
    with pytest.raises(StatusError) as refused:
        read_patched(widget(**changes), WIDGET)
    assert refused.value.status.code == 500
    assert refused.value.message.endswith(why)


def test_built_in_kinds_tell_unknown_fields():
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "dat": {}}
    made, complaints = read_patched(obj, CONFIG_MAP)
    assert "dat" not in made and complaints == ['unknown field "dat"']
