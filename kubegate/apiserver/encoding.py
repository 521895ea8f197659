"""Objects to bytes."""

from __future__ import annotations

from typing import Any

import orjson
import yaml

from kubegate.api.status import Status
from kubegate.apiserver.messages import Response
from kubegate.apiserver.negotiation import JSON, YAML, Representation


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Quotes and folds texts as Go's YAML does."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_resolve: Any = yaml.SafeLoader("").resolve


def _text(dumper: Any, value: str) -> Any:
    style = None
    if "\n" in value:
        style = "|"
    elif _resolve(yaml.ScalarNode, value, (True, False)) != "tag:yaml.org,2002:str":
        style = '"'  # would be read as another type
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def to_yaml(value: Any) -> bytes:
    """YAML with sorted keys, as the API server writes it."""
    text: str = yaml.dump(value, Dumper=_Dumper, default_flow_style=False, allow_unicode=True, width=1 << 30)
    return text.encode()


def encode(value: Any, representation: Representation) -> bytes:
    """A JSON value in the representation's serialization."""
    if representation.media_type == YAML:
        return to_yaml(value)
    if representation.pretty:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)


def respond(value: Any, representation: Representation, code: int = 200) -> Response:
    """A response that holds a JSON value."""
    return Response(code, encode(value, representation), representation.content_type)


def respond_encoded(encoded: bytes, representation: Representation, code: int = 200) -> Response:
    """The same from bytes that are compact JSON already."""
    if representation.media_type == JSON and not representation.pretty:
        return Response(code, encoded + b"\n", JSON)
    return respond(orjson.loads(encoded), representation, code)


def respond_status(status: Status, representation: Representation | None = None) -> Response:
    """A response that is a Status."""
    response = respond(status.to_object(), representation or Representation(), status.code)
    if status.retry_after:
        response.headers.append(("Retry-After", str(status.retry_after)))
    return response
