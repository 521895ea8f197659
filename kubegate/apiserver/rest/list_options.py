"""The options of a list or watch: revisions, pages, timeouts.

Source: apimachinery ``internalversion.ListOptions`` and its validation; k8s.io/apiserver ``storage`` (continue tokens).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from kubegate.api import status as statuses
from kubegate.api.field_errors import FieldError, forbidden, invalid, not_supported
from kubegate.api.go import quote
from kubegate.api.go_json import syntax_error
from kubegate.api.status import Status, StatusError
from kubegate.apiserver.request_info import is_true
from kubegate.selectors.requirement import parse_int64
from kubegate.store.interface import Key


@dataclass(frozen=True, slots=True)
class ListOptions:
    """``revision_text`` is the parameter as sent ("" and "0" mean different things); ``timeout`` in seconds, 0 for none."""

    revision_text: str = ""
    match: str = ""
    limit: int = 0
    token: str = ""
    timeout: int = 0
    watch: bool = False
    bookmarks: bool = False
    send_initial: bool | None = None

    @property
    def revision(self) -> int:
        return int(self.revision_text or 0)


def integer(query: Mapping[str, Sequence[str]], name: str) -> int:
    """An integer parameter, 0 if it is not there; raises 400."""
    values = query.get(name)
    if not values:
        return 0
    number = parse_int64(values[0])
    if number is None:
        why = "value out of range" if values[0].lstrip("+-").isdecimal() else "invalid syntax"
        raise StatusError(statuses.bad_request(f"strconv.ParseInt: parsing {quote(values[0])}: {why}"))
    return number


def _text(query: Mapping[str, Sequence[str]], name: str) -> str:
    values = query.get(name)
    return values[0] if values else ""


def parse(query: Mapping[str, Sequence[str]], *, watch: bool) -> ListOptions:
    """Read and validate; raises 400 or 422."""
    initial = query.get("sendInitialEvents")
    options = ListOptions(
        revision_text=_text(query, "resourceVersion"),
        match=_text(query, "resourceVersionMatch"),
        limit=max(0, integer(query, "limit")),
        token=_text(query, "continue"),
        timeout=max(0, integer(query, "timeoutSeconds")),
        watch=watch,
        bookmarks=is_true(query.get("allowWatchBookmarks", ())),
        send_initial=is_true(initial) if initial else None,
    )
    errors = validate(options)
    if errors:
        raise StatusError(statuses.invalid("meta.k8s.io", "ListOptions", "", errors))
    return options


def validate(options: ListOptions) -> list[FieldError]:
    """What ``ValidateListOptions`` complains about."""
    if options.watch:
        return _validate_watch(options)
    errors = []
    if options.send_initial is not None:
        errors.append(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"))
    if options.match:
        where = "resourceVersionMatch"
        if not options.revision_text:
            errors.append(forbidden(where, "resourceVersionMatch is forbidden unless resourceVersion is provided"))
        if options.token:
            errors.append(forbidden(where, "resourceVersionMatch is forbidden when continue is provided"))
        if options.match not in ("Exact", "NotOlderThan"):
            errors.append(not_supported(where, options.match, ["Exact", "NotOlderThan", ""]))
        if options.match == "Exact" and options.revision_text == "0":
            detail = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'
            errors.append(forbidden(where, detail))
    return errors


def _validate_watch(options: ListOptions) -> list[FieldError]:
    where = "resourceVersionMatch"
    if options.send_initial is None:
        detail = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
        return [forbidden(where, detail)] if options.match else []
    errors = []
    if options.match != "NotOlderThan":
        errors.append(not_supported(where, options.match, ["NotOlderThan"])) if options.match else errors.append(
            forbidden(where, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
        )
    return errors


def revision_complaint(text: str) -> FieldError | None:
    """What is wrong with a resourceVersion parameter; None if it is a number or absent."""
    if not text or (text.isascii() and text.isdigit()):
        return None
    return invalid("resourceVersion", text, f'strconv.ParseUint: parsing "{text}": invalid syntax')


def check_revision(text: str) -> int:
    """A resourceVersion parameter of a list as a number; raises 400. (GET and WATCH complain in other forms.)"""
    complaint = revision_complaint(text)
    if complaint is not None:
        raise StatusError(statuses.bad_request(f"invalid resource version: {complaint}"))
    return int(text or 0)


def too_new(wanted: int, current: int) -> StatusError:
    """504: the revision asked for is not here yet."""
    details = {
        "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
        "retryAfterSeconds": 1,
    }
    message = f"Timeout: Too large resource version: {wanted}, current: {current}"
    return StatusError(Status(504, "Timeout", message, details, retry_after=1))


def encode_continue(revision: int, after: Key, prefix_namespace: str) -> str:
    """A continue token: the snapshot's revision and the key to go on after (relative to the listed namespace)."""
    start = after.name if prefix_namespace or not after.namespace else f"{after.namespace}/{after.name}"
    document = orjson.dumps({"v": "meta.k8s.io/v1", "rv": revision, "start": start + "\0"})
    return base64.urlsafe_b64encode(document).rstrip(b"=").decode()


def decode_continue(token: str, resource: str, namespace: str, namespaced: bool) -> tuple[int, Key]:
    """(revision, key to go on after); revision -1 means the newest. Raises 400."""

    def bad(why: str) -> StatusError:
        return StatusError(statuses.bad_request(f"invalid continue token: continue key is not valid: {why}"))

    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        raise bad("illegal base64 data at input byte 0") from None
    if why := syntax_error(raw.decode("utf-8", "surrogateescape")):
        raise bad(why)
    document = orjson.loads(raw)
    if not isinstance(document, dict) or document.get("v") != "meta.k8s.io/v1":
        raise bad(
            f'server does not recognize this encoded version "{document.get("v") if isinstance(document, dict) else ""}"'
        )
    start = str(document.get("start") or "").rstrip("\0")
    revision = document.get("rv") or 0
    if revision == 0:
        raise bad("incorrect encoded start resourceVersion (version meta.k8s.io/v1)")
    if not start:
        raise bad("encoded start key empty (version meta.k8s.io/v1)")
    if namespace or not namespaced:
        return revision, Key(resource, namespace, start)
    head, _, tail = start.partition("/")
    return revision, Key(resource, head, tail)
