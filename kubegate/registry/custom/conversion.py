"""Objects of a custom kind in another of its versions: renamed, or converted by the definition's webhook.

Source: apiextensions-apiserver ``pkg/apiserver/conversion``.
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import orjson

from kubegate.admission.webhooks.answers import Unreadable, read_review
from kubegate.admission.webhooks.remotes import Remotes, Unusable
from kubegate.api.names import Object, split_api_version
from kubegate.api.status import Status, StatusError
from kubegate.errors import Unavailable
from kubegate.registry.custom.converted import Unfaithful, restored

_GROUP, _KIND = "apiextensions.k8s.io", "ConversionReview"
_KNOWN = ("v1", "v1beta1")
_SECONDS = 30


class Converter(Protocol):
    """Converts objects as a definition's ``spec.conversion`` says."""

    def convert(self, conversion: Mapping[str, Any], objects: Sequence[Object], api_version: str) -> list[Object]:
        """New objects in the version, in the same order; those that are in it already as they are. ``objects`` are of one
        kind and not changed. Raises `StatusError` (500)."""
        ...


class Renaming:
    """Strategy ``None``: only ``apiVersion`` changes."""

    def convert(self, conversion: Mapping[str, Any], objects: Sequence[Object], api_version: str) -> list[Object]:
        """See `Converter.convert`."""
        return [_renamed(obj, api_version) for obj in objects]


def _renamed(obj: Object, api_version: str) -> Object:
    if obj.get("apiVersion") == api_version:
        return obj
    return {**copy.deepcopy(obj), "apiVersion": api_version}


class Webhooks:
    """Strategy ``Webhook`` too: one request for all objects that are not in the version yet."""

    def __init__(self, remotes: Remotes, new_id: Callable[[], str] = lambda: str(uuid.uuid4())) -> None:
        self._remotes = remotes
        self._new_id = new_id
        self._renaming = Renaming()

    def convert(self, conversion: Mapping[str, Any], objects: Sequence[Object], api_version: str) -> list[Object]:
        """See `Converter.convert`."""
        if conversion.get("strategy") != "Webhook":
            return self._renaming.convert(conversion, objects, api_version)
        wanted = [obj for obj in objects if obj.get("apiVersion") != api_version]
        if not wanted:
            return list(objects)
        made = iter(self._ask(conversion.get("webhook") or {}, wanted, api_version, listed=len(objects) > 1))
        return [obj if obj.get("apiVersion") == api_version else next(made) for obj in objects]

    def _ask(self, webhook: Mapping[str, Any], objects: list[Object], api_version: str, *, listed: bool) -> list[Object]:
        shown = _shown_kind(objects[0], listed=listed)
        try:
            answer = self._converted(webhook, objects, api_version)
        except Unreadable as error:
            raise _failed(f"conversion webhook for {shown} failed: {error}") from error
        if len(answer) != len(objects):
            raise _failed(f"conversion webhook for {shown} returned {len(answer)} objects, expected {len(objects)}")
        found = []
        for index, (obj, made) in enumerate(zip(objects, answer, strict=True)):
            where = f" at index {index}" if listed else ""
            try:
                found.append(restored(obj, made, api_version))
            except Unfaithful as error:
                noun = {"object": "converted object" if listed else "object", "metadata": "metadata"}[error.part]
                inside = f" in object{where}" if listed and error.part == "metadata" else where
                raise _failed(f"conversion webhook for {shown} returned invalid {noun}{inside}: {error}") from error
        return found

    def _converted(self, webhook: Mapping[str, Any], objects: list[Object], api_version: str) -> list[Any]:
        version = next((name for name in webhook.get("conversionReviewVersions") or () if name in _KNOWN), "")
        if not version:
            raise _failed(f"no supported conversion review versions: {', '.join(_KNOWN)}")
        asked = self._new_id()
        review = {
            "kind": _KIND,
            "apiVersion": f"{_GROUP}/{version}",
            "request": {"uid": asked, "desiredAPIVersion": api_version, "objects": objects},
            "response": {"uid": "", "convertedObjects": None, "result": {"metadata": {}}},
        }
        try:
            answer = self._remotes.post(webhook.get("clientConfig") or {}, orjson.dumps(review), _SECONDS, tell=False)
        except (Unusable, Unavailable) as error:
            raise Unreadable(str(error)) from error
        return _objects(read_review(answer, f"{_GROUP}/{version}", _KIND), f"{_GROUP}/{version}", asked)


def _objects(review: Mapping[str, Any], api_version: str, asked: str) -> list[Any]:
    given, kind = str(review.get("apiVersion") or ""), str(review.get("kind") or "")
    if (given, kind) != (api_version, _KIND):
        raise Unreadable(f"expected webhook response of {api_version}, Kind={_KIND}, got {given or '/'}, Kind={kind}")
    response = review.get("response")
    if not isinstance(response, dict):
        raise Unreadable("no response provided")
    if response.get("uid", "") != asked:
        raise Unreadable(f'expected response.uid="{asked}", got "{response.get("uid", "")}"')
    result = response.get("result")
    result = result if isinstance(result, dict) else {}
    if result.get("status") != "Success":
        text = f"response.result.status was '{result.get('status') or ''}', not 'Success'"
        raise Unreadable(str(result.get("message") or text))
    objects = response.get("convertedObjects")
    return objects if isinstance(objects, list) else []


def _shown_kind(obj: Object, *, listed: bool) -> str:
    group, version = split_api_version(str(obj.get("apiVersion") or ""))
    return f"{group}/{version}, Kind={obj.get('kind')}{'List' if listed else ''}"


def _failed(message: str) -> StatusError:
    return StatusError(Status(500, "", message))
