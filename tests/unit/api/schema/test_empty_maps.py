"""Maps that were sent empty: rules see them, nothing that is written shows them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kubegate.api.names import GroupVersionKind
from kubegate.api.schema.decode import as_stored, decode, written

POD = GroupVersionKind("", "v1", "Pod")


def sent(pod_spec: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", **metadata}, "spec": pod_spec}
    return decode(json.dumps(body).encode(), "application/json", POD)[0]


@pytest.mark.parametrize("write", [written, as_stored])
@pytest.mark.parametrize("name", ["nodeSelector", "overhead"])
def test_an_empty_map_is_there_until_it_is_written(name: str, write: Any) -> None:
    obj = sent({"containers": None, name: {}}, labels={})
    assert obj["spec"][name] == {}
    assert obj["metadata"]["labels"] == {}
    assert name not in write(POD, obj)["spec"]
    assert "labels" not in write(POD, obj)["metadata"]


@pytest.mark.parametrize("write", [written, as_stored])
def test_an_empty_object_is_kept(write: Any) -> None:
    obj = sent({"containers": None, "volumes": [{"name": "v", "emptyDir": {}}]})
    assert write(POD, obj)["spec"]["volumes"] == [{"name": "v", "emptyDir": {}}]


def test_what_is_not_given_is_not_there() -> None:
    obj = sent({"containers": None, "nodeSelector": None}, labels=None)
    assert "nodeSelector" not in obj["spec"]
    assert "labels" not in obj["metadata"]
