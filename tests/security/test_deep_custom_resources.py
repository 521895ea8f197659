"""What nests too deep is refused when it is written: nothing that is stored makes reading fail, for anybody."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kubegate.testing.http_client import Client

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


@pytest.mark.parametrize("depth", [100, 240, 260, 330, 900, 5_000])
@pytest.mark.parametrize("shape", ['{"a":%s}', "[%s]"], ids=["objects", "lists"])
def test_what_was_stored_is_served(
    shape: str, depth: int, define: Callable[..., None], admin: Client, namespace: str
) -> None:
    group = f"{namespace}.deep.example"
    define(group, "deeps", "Namespaced")
    path = f"/apis/{group}/v1/namespaces/{namespace}/deeps"
    value = "1"
    for _ in range(depth):
        value = shape % value if depth < 1000 else "[" * depth + "1" + "]" * depth
        if depth >= 1000:
            break
    body = f'{{"apiVersion":"{group}/v1","kind":"Deeps","metadata":{{"name":"d"}},"x":{value}}}'
    code = admin("POST", path, body).code
    assert code in (201, 400, 422, 500)
    assert admin("GET", path).code == 200
    assert admin("GET", path, Accept=TABLE).code == 200
    assert admin("GET", f"/apis/{group}/v1/deeps").code == 200
    if code == 201:
        assert admin("GET", f"{path}/d").code == 200
        change = {"metadata": {"labels": {"a": "b"}}}
        assert admin("PATCH", f"{path}/d", change, media_type="application/merge-patch+json").code == 200
        assert admin("DELETE", f"{path}/d").code == 200
    else:
        assert admin("GET", f"{path}/d").code == 404
