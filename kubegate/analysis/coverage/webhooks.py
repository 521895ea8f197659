"""The items of admission webhooks, where they are asked: each webhook, and its match conditions.

A webhook is exercised by a request that its rules and selectors match, a condition by being true and by being false.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.admission.chain import AdmissionChain
from kubegate.admission.webhooks.mutating import MutatingWebhooks
from kubegate.admission.webhooks.validating import ValidatingWebhooks
from kubegate.analysis.coverage.expressions import dotted, exercised_keys, expression_items
from kubegate.analysis.coverage.items import Item, ItemKey, What, key_of
from kubegate.api.names import Object, name_of
from kubegate.bundle.state import ClusterState

_GROUP = "admissionregistration.k8s.io"
_KINDS = {
    "ValidatingWebhookConfiguration": "ValidatingAdmissionWebhook",
    "MutatingWebhookConfiguration": "MutatingAdmissionWebhook",
}
Path = tuple[str | int, ...]


def webhook_items(state: ClusterState) -> Iterator[Item]:
    """The items of the configurations that come from a file."""
    for obj in state.of_kind(_GROUP, *_KINDS):
        place = state.locate(obj)
        if place is None:
            continue
        for path, webhook in _webhooks(obj).values():
            own = key_of(obj, place)._replace(part=dotted(path))
            at = state.locate_text(obj, (*path, "name")) or place
            yield Item(own, What.WEBHOOK, at, f"webhook {webhook.get('name')}")
            for number, condition in enumerate(webhook.get("matchConditions") or []):
                inner = (*path, "matchConditions", number, "expression")
                text = str(condition.get("expression") or "")
                yield from expression_items(state, obj, key_of(obj, place), inner, text, decides=True)


def exercised_webhooks(state: ClusterState, chain: AdmissionChain) -> Iterator[ItemKey]:
    """The keys of what the requests have exercised that a chain has judged."""
    for kind, name in _KINDS.items():
        plugin = chain.plugins.get(name)
        if not isinstance(plugin, ValidatingWebhooks | MutatingWebhooks):
            continue
        known = {key: (obj, path) for obj in state.of_kind(_GROUP, kind) for key, (path, _) in _webhooks(obj).items()}
        for key in plugin.source.met or ():
            yield from (own._replace(part=dotted(path)) for own, path in _located(state, known, key))
        for key, number, trace in plugin.source.traces():
            for own, path in _located(state, known, key):
                yield from exercised_keys(own, (*path, "matchConditions", number, "expression"), trace, decides=True)


def _located(state: ClusterState, known: dict[str, tuple[Object, Path]], key: str) -> Iterator[tuple[ItemKey, Path]]:
    obj, path = known.get(key, ({}, ()))
    place = state.locate(obj) if path else None
    if place is not None:
        yield key_of(obj, place), path


def _webhooks(obj: Object) -> dict[str, tuple[Path, Object]]:
    """The webhooks of a configuration by the key that admission knows them by."""
    found: dict[str, tuple[Path, Object]] = {}
    seen: dict[str, int] = {}
    for index, webhook in enumerate(obj.get("webhooks") or []):
        name = str(webhook.get("name") or "")
        count = seen[name] = seen.get(name, -1) + 1
        found[f"{name_of(obj)}/{name}/{count}"] = ("webhooks", index), webhook
    return found
