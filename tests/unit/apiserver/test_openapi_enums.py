"""The fields that the table names are there, and are texts."""

from __future__ import annotations

import pytest

from kubegate.apiserver.openapi import enums, schemas


@pytest.mark.parametrize("field", sorted(enums._FIELDS))
def test_the_field_exists(field: str) -> None:
    kind, _, name = field.rpartition(".")
    found = schemas.definitions()[kind]["properties"][name]
    assert "string" in found["type"]


def test_values_are_sorted_and_listed() -> None:
    body = {"properties": {"protocol": {"type": "string", "description": "Which."}, "name": {"type": "string"}}}
    enums.add_enums("io.k8s.api.core.v1.ContainerPort", body)
    made = body["properties"]
    assert made["name"] == {"type": "string"}
    assert made["protocol"]["enum"] == ["SCTP", "TCP", "UDP"]
    assert made["protocol"]["description"].startswith('Which.\n\nPossible enum values:\n - `"SCTP"`')
    assert all(list(values) == sorted(values) for values in enums._FIELDS.values())
