"""Metadata: names, labels, owners, and what an update may not change."""

import pytest
from support import create, update

MAP = "v1/configmaps"


@pytest.mark.parametrize(
    ("meta", "wrong"),
    [
        ({}, ""),
        ({"name": ""}, "metadata.name: Required value: name or generateName is required"),
        ({"name": "A"}, 'metadata.name: Invalid value: "A": a lowercase RFC 1123 subdomain must consist of'),
        ({"labels": {"a b": "c"}}, 'metadata.labels: Invalid value: "a b": name part must consist of alphanumeric'),
        ({"labels": {"a": "c d"}}, 'metadata.labels: Invalid value: "c d": a valid label must be'),
        ({"annotations": {"a b": "c"}}, 'metadata.annotations: Invalid value: "a b": name part must consist of'),
        ({"finalizers": ["a.b/x"]}, ""),
        ({"finalizers": ["x"]}, 'metadata.finalizers[0]: Invalid value: "x": name is neither a standard finalizer name'),
        ({"ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "p"}]}, "metadata.ownerReferences"),
    ],
)
def test_create(meta, wrong):
    _, errors = create(MAP, {"metadata": meta})
    assert (not errors) if not wrong else errors[0].startswith(wrong)


@pytest.mark.parametrize(
    ("meta", "wrong"),
    [
        ({"labels": {"a": "b"}}, []),
        ({"uid": "other"}, ['metadata.uid: Invalid value: "other": field is immutable']),
        ({"name": "y"}, ['metadata.name: Invalid value: "y": field is immutable']),
    ],
)
def test_update(meta, wrong):
    old, _ = create(MAP, {})
    assert list(dict.fromkeys(update(MAP, old, {"metadata": meta})[1])) == wrong


def test_a_cluster_kind_has_no_namespace():
    _, errors = create("v1/namespaces", {"metadata": {"namespace": "a"}})
    assert errors == ["metadata.namespace: Forbidden: not allowed on this type"]
