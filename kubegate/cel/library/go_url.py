"""URLs as Go's ``net/url`` parses them, with its complaints."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kubegate.api.go import quote
from kubegate.cel.errors import EvaluationError

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*", re.ASCII)
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")
_PATH = _UNRESERVED | frozenset("$&+,/:;=@")
_VALID_PATH = _UNRESERVED | frozenset("!$&'()*+,;=:@[]/%")
_HOST = _UNRESERVED | frozenset("!$&'()*+,;=:[]<>\"")


class UrlError(EvaluationError):
    """Not a URL; the message is Go's."""


@dataclass(frozen=True, slots=True)
class URL:
    """A URL as a value."""

    scheme: str
    host: str
    path: str
    raw_path: str
    query: str
    type_name = "kubernetes.URL"

    def hostname(self) -> str:
        """The host without port and brackets."""
        host = _split_host(self.host)[0]
        return host[1:-1] if host.startswith("[") and host.endswith("]") else host

    def port(self) -> str:
        """The port, or ""."""
        return _split_host(self.host)[1]

    def escaped_path(self) -> str:
        """The path as it goes over the wire."""
        if self.raw_path and all(char in _VALID_PATH for char in self.raw_path):
            return self.raw_path
        return "*" if self.path == "*" else _escape(self.path)

    def values(self) -> dict[str, list[str]]:
        """The query's values by name; malformed parts are left out."""
        found: dict[str, list[str]] = {}
        for part in self.query.split("&"):
            if not part or ";" in part:
                continue
            name, _, value = part.partition("=")
            try:
                pair = _unescape(name, "query"), _unescape(value, "query")
            except UrlError:
                continue
            found.setdefault(pair[0], []).append(pair[1])
        return found


def _split_host(host: str) -> tuple[str, str]:
    head, colon, port = host.rpartition(":")
    if colon and (not port or (port.isascii() and port.isdigit())) and not (host.startswith("[") and "]" in port):
        return head, port
    return host, ""


def _escape(text: str) -> str:
    return "".join(chr(byte) if chr(byte) in _PATH else f"%{byte:02X}" for byte in text.encode("utf-8", "surrogateescape"))


def _unescape(text: str, mode: str) -> str:
    if mode in ("host", "zone"):
        for char in text:
            if ord(char) < 0x80 and char not in _HOST and char != "%":
                raise UrlError(f"invalid character {quote(char)} in host name")
    if "%" not in text and not (mode == "query" and "+" in text):
        return text
    data = bytearray()
    raw = text.encode("utf-8", "surrogateescape")
    index = 0
    while index < len(raw):
        byte = raw[index]
        if byte == 0x25:
            digits = raw[index + 1 : index + 3].decode("latin-1")
            if not re.fullmatch("[0-9a-fA-F]{2}", digits, re.ASCII):
                raise UrlError(f"invalid URL escape {quote(raw[index : index + 3].decode('utf-8', 'replace'))}")
            if mode == "host" and int(digits[0], 16) < 8 and digits != "25":
                raise UrlError(f"invalid URL escape {quote('%' + digits)}")
            data.append(int(digits, 16))
            index += 3
            continue
        data.append(0x20 if byte == 0x2B and mode == "query" else byte)
        index += 1
    return data.decode("utf-8", "surrogateescape")


def _authority(text: str) -> str:
    userinfo, at, host = text.rpartition("@")
    parsed = _parse_host(host)
    if at:
        if not re.fullmatch(r"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*", userinfo, re.ASCII):
            raise UrlError("net/url: invalid userinfo")
        for part in userinfo.split(":", 1):
            _unescape(part, "user")
    return parsed


def _parse_host(host: str) -> str:
    if host.startswith("["):
        end = host.rfind("]")
        if end < 0:
            raise UrlError("missing ']' in host")
        port = host[end + 1 :]
        if not _valid_port(port):
            raise UrlError(f"invalid port {quote(port)} after host")
        return _unescape(host[: end + 1], "zone") + port
    colon = host.rfind(":")
    if colon >= 0 and not _valid_port(host[colon:]):
        raise UrlError(f"invalid port {quote(host[colon:])} after host")
    return _unescape(host, "host")


def _valid_port(port: str) -> bool:
    return not port or (port[0] == ":" and all(char in "0123456789" for char in port[1:]))


def parse_request_uri(text: str) -> URL:
    """``url.ParseRequestURI``: an absolute URI or an absolute path; raises `UrlError`."""
    return _guarded(text, via_request=True)


def parse(text: str) -> URL:
    """``url.Parse``; raises `UrlError`."""
    return _guarded(text.partition("#")[0], via_request=False)


def _guarded(text: str, *, via_request: bool) -> URL:
    try:
        return _parse(text, via_request)
    except UrlError as error:
        raise UrlError(f"parse {quote(text)}: {error.message}") from None


def _scheme(text: str) -> tuple[str, str]:
    match = _SCHEME.match(text)
    if match and text[match.end() : match.end() + 1] == ":":
        return match.group().lower(), text[match.end() + 1 :]
    if text.startswith(":"):
        raise UrlError("missing protocol scheme")
    return "", text


def _parse(text: str, via_request: bool) -> URL:
    if any(ord(char) < 0x20 or ord(char) == 0x7F for char in text):
        raise UrlError("net/url: invalid control character in URL")
    if not text and via_request:
        raise UrlError("empty url")
    if text == "*":
        return URL("", "", "*", "", "")
    scheme, rest = _scheme(text)
    rest, _, query = rest.partition("?")
    if not rest.startswith("/"):
        if scheme:
            return URL(scheme, "", "", "", query)
        if via_request:
            raise UrlError("invalid URI for request")
        if ":" in rest.partition("/")[0]:
            raise UrlError("first path segment in URL cannot contain colon")
    host = ""
    if (scheme or (not via_request and not rest.startswith("///"))) and rest.startswith("//"):
        authority, slash, tail = rest[2:].partition("/")
        host, rest = _authority(authority), slash + tail
    path = _unescape(rest, "path")
    return URL(scheme, host, path, "" if rest == _escape(path) else rest, query)
