"""Audit events (audit.k8s.io/v1) as questions: who asked what, and what was decided then.

Source: https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from kubegate.analysis.replay.impersonation import asked_before
from kubegate.api.user import User
from kubegate.authz.interface import Attributes

DECISION, REASON = "authorization.k8s.io/decision", "authorization.k8s.io/reason"
STAGE = "ResponseComplete"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One question: what was asked, whether it was allowed then, and the rule that decided ("" if that is not told)."""

    attributes: Attributes
    allowed: bool
    rule: str = ""


def questions(event: Any) -> Sequence[Recorded] | None:
    """What an event asks: first, of somebody who impersonates, whether he may; None if it tells no decision.

    Raises `AttributeError`, `TypeError` or `ValueError` if it is no event, or a part of it has a wrong type.
    """
    verb = _text(event.get("verb"))
    if event.get("kind") != "Event" or not verb:
        raise ValueError
    annotations = event.get("annotations") or {}
    decision = annotations.get(DECISION)
    if event.get("stage") != STAGE or decision is None:
        return None
    requester = user = _user(event.get("user") or {})
    other = event.get("impersonatedUser")
    if other:
        user = _user(other)
    attributes = _attributes(event, user, verb)
    request = Recorded(attributes, decision == "allow", _text(annotations.get(REASON)))
    if not other:
        return (request,)
    constraint = _text((event.get("authenticationMetadata") or {}).get("impersonationConstraint"))
    before = asked_before(requester, user, constraint, attributes)
    return [*(Recorded(question, True) for question in before), request]


def _user(info: dict[str, Any]) -> User:
    extra = info.get("extra")
    return User(
        _text(info.get("username")),
        _text(info.get("uid")),
        _texts(info.get("groups")),
        tuple((key, _texts(values)) for key, values in extra.items()) if extra else (),
    )


def _attributes(event: dict[str, Any], user: User, verb: str) -> Attributes:
    target = event.get("objectRef")
    if not target or not target.get("resource"):
        return Attributes(user, verb, False, path=urlsplit(_text(event.get("requestURI")) or "/").path)
    return Attributes(
        user,
        verb,
        True,
        _text(target.get("apiGroup")),
        _text(target.get("apiVersion")) or "*",
        _text(target["resource"]),
        _text(target.get("subresource")),
        _text(target.get("namespace")),
        _text(target.get("name")),
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if type(value) is not str:
        raise TypeError
    return value


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(map(_text, values)) if values else ()
