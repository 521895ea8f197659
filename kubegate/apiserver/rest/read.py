"""Get and list.

Source: k8s.io/apiserver ``registry/generic/registry.Store.List`` and ``storage`` (semantics of resourceVersion,
resourceVersionMatch, limit and continue).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kubegate.api import status as statuses
from kubegate.api.catalog import Resource
from kubegate.api.status import Status, StatusError
from kubegate.apiserver.rest.list_options import (
    ListOptions,
    check_revision,
    decode_continue,
    encode_continue,
    revision_complaint,
    too_new,
)
from kubegate.apiserver.rest.parts import Call, Parts
from kubegate.apiserver.rest.selection import Selection
from kubegate.errors import Compacted
from kubegate.store.interface import Key, Page, Stored


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of objects; ``remaining`` None: not told."""

    items: Sequence[Stored]
    revision: int
    token: str = ""
    remaining: int | None = None


def get(parts: Parts, call: Call, revision_text: str = "") -> Stored:
    """The object; raises 404, or 504 for a revision of the future."""
    if (complaint := revision_complaint(revision_text)) is not None:
        raise StatusError(Status(500, "", str(complaint)))
    wanted = int(revision_text or 0)
    if wanted > parts.store.revision:
        raise too_new(wanted, parts.store.revision)
    stored = parts.store.get(call.key)
    if stored is None:
        raise StatusError(statuses.not_found(call.resource.gvr.group, call.resource.gvr.resource, call.name))
    return stored


def list_objects(parts: Parts, resource: Resource, namespace: str, selection: Selection, options: ListOptions) -> Listing:
    """The objects that are selected, in the order of their keys."""
    namespace = namespace if resource.namespaced else ""
    revision, after, limit = _where(parts, resource, namespace, options)
    store_limit = limit if selection.everything else 0
    try:
        page = parts.store.list(resource.key, namespace, limit=store_limit, after=after, revision=revision)
    except Compacted:
        raise StatusError(expired(options.token, namespace, after)) from None
    if selection.everything:
        return _whole(page, namespace)
    return _filtered(page, namespace, selection, limit)


def _where(parts: Parts, resource: Resource, namespace: str, options: ListOptions) -> tuple[int, Key | None, int]:
    """(revision to read at, 0 for the newest; key to begin after; limit)."""
    if options.token:
        if options.revision_text not in ("", "0"):
            raise StatusError(statuses.bad_request("specifying resource version is not allowed when using continue"))
        revision, after = decode_continue(options.token, resource.key, namespace, resource.namespaced)
        return max(0, revision), after, options.limit
    wanted = check_revision(options.revision_text)
    if wanted > parts.store.revision:
        raise too_new(wanted, parts.store.revision)
    if options.match == "Exact" or (wanted and options.limit and not options.match):
        return wanted, None, options.limit
    # Read from the cache, which knows no pages.
    return 0, None, 0 if options.revision_text == "0" else options.limit


def _whole(page: Page, namespace: str) -> Listing:
    if page.next_key is None:
        return Listing(page.items, page.revision)
    return Listing(page.items, page.revision, encode_continue(page.revision, page.next_key, namespace), page.remaining)


def _filtered(page: Page, namespace: str, selection: Selection, limit: int) -> Listing:
    matches = selection.matches
    found = []
    for position, stored in enumerate(page.items):
        if matches(stored.object):
            found.append(stored)
            if limit and len(found) == limit and position + 1 < len(page.items):
                return Listing(found, page.revision, encode_continue(page.revision, stored.key, namespace))
    return Listing(found, page.revision)


def expired(token: str, namespace: str, after: Key | None) -> Status:
    """410 of a list whose snapshot is gone; with a continue token it tells how to go on after ``after`` all the same."""
    if not token or after is None:
        return statuses.gone("The resourceVersion for the provided list is too old.")
    message = (
        "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
        "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
        "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
        "deleted between the time the first chunk was returned and now may show up in the list."
    )
    return Status(410, "Expired", message, None, continue_token=encode_continue(-1, after, namespace))
