"""``url`` and its parts. Source: apiserver ``pkg/cel/library/urls.go``."""

from __future__ import annotations

from kubegate.cel.declarations import Function, Library, member, overload
from kubegate.cel.errors import EvaluationError
from kubegate.cel.library import costs
from kubegate.cel.library.go_url import URL, UrlError, parse, parse_request_uri
from kubegate.cel.types import BOOL, STRING, list_of, map_of, object_type

URL_TYPE = object_type("kubernetes.URL")


def to_url(text: str) -> URL:
    """``url(text)``; raises `EvaluationError`."""
    try:
        parse_request_uri(text)
        return parse(text)
    except UrlError as error:
        raise EvaluationError(f"URL parse error during conversion from string: {error.message}") from None


def _is_url(text: str) -> bool:
    try:
        parse_request_uri(text)
    except UrlError:
        return False
    return True


LIBRARY = Library(
    (
        Function("url", (overload("string_to_url", (STRING,), URL_TYPE, to_url),), costs.once),
        Function("isURL", (overload("is_url_string", (STRING,), BOOL, _is_url),)),
        Function("getScheme", (member("url_get_scheme", (URL_TYPE,), STRING, lambda url: url.scheme),)),
        Function("getHost", (member("url_get_host", (URL_TYPE,), STRING, lambda url: url.host),)),
        Function("getHostname", (member("url_get_hostname", (URL_TYPE,), STRING, URL.hostname),)),
        Function("getPort", (member("url_get_port", (URL_TYPE,), STRING, URL.port),)),
        Function("getEscapedPath", (member("url_get_escaped_path", (URL_TYPE,), STRING, URL.escaped_path),)),
        Function("getQuery", (member("url_get_query", (URL_TYPE,), map_of(STRING, list_of(STRING)), URL.values),)),
    )
)
