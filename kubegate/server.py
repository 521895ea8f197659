"""The Flask application around an `Application`; nothing else."""

from __future__ import annotations

import select
from collections.abc import Callable, Iterator
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote

from flask import Flask
from flask import Response as FlaskResponse
from flask import request as flask_request

from kubegate.apiserver.messages import Request, Response
from kubegate.apiserver.serving import RAW_HEADERS
from kubegate.apiserver.tls import peer_chain

_UPGRADE = "kubegate.upgrade"
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]


class Application(Protocol):
    """What answers requests."""

    def handle(self, request: Request) -> Response: ...


def create_app(application: Callable[[], Application]) -> Flask:
    """A WSGI application; ``application`` tells which `Application` is in force (it changes on reload)."""
    app = Flask("kubegate", static_folder=None)

    def answer(path: str = "") -> FlaskResponse:
        request = _request(flask_request.environ)
        return _response(application().handle(request), request.method)

    for rule in ("/", "/<path:path>"):
        app.add_url_rule(rule, endpoint="api", view_func=answer, methods=METHODS, provide_automatic_options=False)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.wsgi_app = _plain(app.wsgi_app)  # type: ignore[method-assign]
    return app


def _plain(wsgi_app: Callable[..., Any]) -> Callable[..., Any]:
    """Hides a wish for a WebSocket from the router, which has no such rules and would refuse the request itself."""

    def call(environ: dict[str, Any], start_response: Any) -> Any:
        if "HTTP_UPGRADE" in environ:
            environ[_UPGRADE] = environ.pop("HTTP_UPGRADE")
        return wsgi_app(environ, start_response)

    return call


def _request(environ: dict[str, Any]) -> Request:
    raw_path, _, raw_query = _raw_uri(environ).partition("?")
    connection = environ.get("gunicorn.socket")
    return Request(
        method=environ["REQUEST_METHOD"],
        path=unquote(raw_path),
        query=parse_qs(raw_query, keep_blank_values=True) if raw_query else {},
        headers=_headers(environ),
        read_body=environ["wsgi.input"].read if _has_body(environ) else lambda limit: b"",
        certificates=peer_chain(connection),
        remote=environ.get("REMOTE_ADDR", ""),
        raw_query=raw_query,
        uri=f"{raw_path}?{raw_query}" if raw_query else raw_path,
        gone=_gone(connection),
    )


def _raw_uri(environ: dict[str, Any]) -> str:
    uri = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if uri is None:
        query = environ.get("QUERY_STRING", "")
        uri = environ.get("PATH_INFO", "/") + (f"?{query}" if query else "")
    if uri.startswith(("http://", "https://")):
        uri = "/" + uri.split("/", 3)[3] if uri.count("/") > 2 else "/"
    return str(uri)


def _has_body(environ: dict[str, Any]) -> bool:
    return environ.get("CONTENT_LENGTH") not in (None, "", "0") or "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "")


def _headers(environ: dict[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    raw = environ.get(RAW_HEADERS)
    if raw is not None:
        for name, value in raw:
            found.setdefault(name.lower(), []).append(value)
        return found
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            found[key[5:].replace("_", "-").lower()] = [value]
    for key, name in (("CONTENT_TYPE", "content-type"), ("CONTENT_LENGTH", "content-length"), (_UPGRADE, "upgrade")):
        if environ.get(key):
            found[name] = [environ[key]]
    return found


_HANG_UP = getattr(select, "POLLRDHUP", 0) | select.POLLHUP | select.POLLERR


def _gone(connection: Any) -> Callable[[], bool]:
    """Tells whether the client hung up (as far as the platform tells before something is written)."""
    if connection is None:
        return lambda: False

    def gone() -> bool:
        try:
            poll = select.poll()
            poll.register(connection.fileno(), _HANG_UP)
            return bool(poll.poll(0))
        except (OSError, ValueError):
            return True

    return gone


def _response(response: Response, method: str) -> FlaskResponse:
    body: bytes | Iterator[bytes] = response.body
    if method == "HEAD":
        body = b""
    answer = FlaskResponse(body, status=response.code, direct_passthrough=True)
    if response.content_type:
        answer.headers["Content-Type"] = response.content_type
    else:
        del answer.headers["Content-Type"]
    for name, value in response.headers:
        answer.headers.add(name, value)
    return answer
