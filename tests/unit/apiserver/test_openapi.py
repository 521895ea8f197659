"""OpenAPI documents: the index, one group-version, the Swagger document."""

from __future__ import annotations

from typing import Any

import orjson

from kubegate.api.catalog import builtin
from kubegate.api.request import RequestInfo
from kubegate.api.user import User
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.messages import Request, Response
from kubegate.apiserver.openapi.documents import OpenApi

CATALOG = builtin()
DOCUMENTS = OpenApi(lambda: CATALOG)


def get(path: str, **headers: str) -> Response:
    request = Request("GET", path, headers={name.replace("_", "-"): [value] for name, value in headers.items()})
    exchange = Exchange(request, RequestInfo(False, path, "get"), User.of("u", ()))
    exact, prefixes = DOCUMENTS.handlers()
    handler = exact.get(path) or next(found for prefix, found in prefixes.items() if path.startswith(prefix))
    return handler(exchange)


def body(response: Response) -> Any:
    assert isinstance(response.body, bytes)
    return orjson.loads(response.body)


def test_the_index_names_each_document_with_its_hash() -> None:
    paths = body(get("/openapi/v3"))["paths"]
    assert paths["api/v1"]["serverRelativeURL"].startswith("/openapi/v3/api/v1?hash=")
    assert "apis/apps/v1" in paths


def test_a_document_is_whole() -> None:
    found = body(get("/openapi/v3/apis/apps/v1"))
    schemas = found["components"]["schemas"]
    assert "/apis/apps/v1/namespaces/{namespace}/deployments/{name}" in found["paths"]
    wanted = {text.split('"')[0] for text in orjson.dumps(found).decode().split("#/components/schemas/")[1:]}
    assert wanted <= set(schemas)


def test_an_unchanged_document_is_not_sent_again() -> None:
    tag = dict(get("/openapi/v3/apis/batch/v1").headers)["Etag"]
    assert get("/openapi/v3/apis/batch/v1", if_none_match=tag).code == 304


def test_what_is_not_served_is_not_found() -> None:
    assert get("/openapi/v3/apis/none.example.com/v1").code == 404
    assert get("/openapi/v3/api").code == 404


def test_version_2() -> None:
    definitions = body(get("/openapi/v2"))["definitions"]
    assert "enum" not in definitions["io.k8s.api.core.v1.Pod"]["properties"]["kind"]
    assert definitions["io.k8s.api.core.v1.ContainerPort"]["properties"]["protocol"]["enum"] == ["SCTP", "TCP", "UDP"]
    assert get("/openapi/v2", accept="text/html").code == 406
