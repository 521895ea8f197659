"""Webhooks in an explanation: why one was not asked, could not be, or denied, and what that changes."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from kubegate.analysis.explain.misses.miss import WEBHOOK, Miss
from kubegate.authz.interface import Attributes, Decision, Verdict
from kubegate.authz.webhook.authorizer import WebhookAuthorizer
from kubegate.authz.webhook.wire import spec_of
from kubegate.errors import Unavailable


def excluded_by(member: WebhookAuthorizer, attributes: Attributes) -> str:
    """The match condition that keeps the request from the webhook, or ""."""
    for number, condition in enumerate(member.conditions):
        try:
            if not condition.matches(spec_of(attributes)):
                return f"matchConditions[{number}] excludes the request: {getattr(condition, 'text', '')}".rstrip(": ")
        except Unavailable:
            continue  # a false one wins over one that fails
    return ""


def asked_at(member: WebhookAuthorizer) -> str:
    """Where the service is; what its address may hold of a user is left out."""
    address = urlsplit(member.server)
    return f"asked at {address._replace(netloc=address.netloc.rpartition('@')[2]).geturl()}"


def failed(verdict: Verdict) -> bool:
    """Whether the webhook's verdict is that of its failure policy."""
    return bool(verdict.errors) and verdict.determined_by is None


def webhook_misses(member: WebhookAuthorizer, verdict: Verdict, without: Verdict) -> Iterator[Miss]:
    """What the webhook took away or might have given. ``without``: the verdict of the chain if it had no opinion."""
    name = f"Webhook {member.settings.name}"
    denies = verdict.decision is Decision.DENY
    others = "the others would allow it" if without.allowed else "none of the others would allow it either"
    if failed(verdict):
        errors = "; ".join(verdict.errors)
        conditions = all("cel evaluation error" in error for error in verdict.errors)
        what = "cannot evaluate its match conditions" if conditions else "cannot be asked"
        remedy = "mend its matchConditions" if conditions else "make it reachable"
        if denies:
            text, remedy = f"{name} {what}, and its failurePolicy is Deny: {errors}", f"{remedy}; with NoOpinion {others}"
        else:
            text = f"{name} {what}, and its failurePolicy is NoOpinion: it might allow or deny: {errors}"
        yield Miss(WEBHOOK, text, remedy, authorizer=name)
    elif denies:
        reason = f": {verdict.reason}" if verdict.reason else ""
        yield Miss(WEBHOOK, f"{name} denies it{reason}", f"only the service can lift that; then {others}", authorizer=name)
