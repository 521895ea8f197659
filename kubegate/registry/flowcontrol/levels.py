"""PriorityLevelConfigurations: how many requests of a level run at once, and what happens to the others.

Source: ``pkg/apis/flowcontrol/validation`` and k8s.io/apiserver ``pkg/util/shufflesharding``.
"""

from __future__ import annotations

import math

from kubegate.api.field_errors import FieldError, forbidden, invalid, not_supported, required
from kubegate.api.names import Object, name_of
from kubegate.registry.flowcontrol.mandatory import LEVELS, check_mandatory
from kubegate.registry.flowcontrol.status import check_conditions, validate_status
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.validation.basics import between

_SHARES = 30
_QUEUING = {"queues": 64, "handSize": 8, "queueLengthLimit": 50}
_MAX_QUEUES = 10_000_000
_HASH_BITS = 60


def _default(level: Object) -> None:
    spec = level.setdefault("spec", {})
    spec.setdefault("type", "")
    for key, shares in (("exempt", 0), ("limited", _SHARES)):
        part = spec.get(key)
        if part is not None:
            for name, value in (("nominalConcurrencyShares", shares), ("lendablePercent", 0)):
                if part.get(name) is None:
                    part[name] = value
    limited = spec.get("limited")
    if limited is not None:
        response = limited.setdefault("limitResponse", {})
        response.setdefault("type", "")
        queuing = response.get("queuing")
        if queuing is not None:
            queuing.update({key: queuing.get(key) or value for key, value in _QUEUING.items()})
    level.setdefault("status", {})


def _validate(level: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    spec, name = level.get("spec") or {}, name_of(level)
    kind, limited, exempt = spec.get("type") or "", spec.get("limited"), spec.get("exempt")
    if (name == "exempt") != (kind == "Exempt"):
        errors.append(invalid("spec.type", kind, "type must be 'Exempt' if and only if name is 'exempt'"))
    if kind == "Exempt":
        if limited is not None:
            errors.append(forbidden("spec.limited", "must be nil if the type is not Limited"))
        if exempt is not None:
            _check_shares(errors, "spec.exempt", exempt)
            _check_lendable(errors, "spec.exempt", exempt)
    elif kind == "Limited":
        if exempt is not None:
            errors.append(forbidden("spec.exempt", "must be nil if the type is Limited"))
        if limited is None:
            errors.append(required("spec.limited", "must not be empty when type is Limited"))
        else:
            _check_limited(errors, "spec.limited", limited)
    else:
        errors.append(not_supported("spec.type", kind, ["Exempt", "Limited"]))
    check_mandatory(errors, name, spec, LEVELS, "exempt" if name == "exempt" else "")
    check_conditions(errors, level)
    return errors


def _check_shares(errors: list[FieldError], path: str, part: Object) -> None:
    shares = part.get("nominalConcurrencyShares")
    if shares is not None and shares < 0:
        errors.append(invalid(f"{path}.nominalConcurrencyShares", shares, "must be a non-negative integer"))


def _check_lendable(errors: list[FieldError], path: str, part: Object) -> None:
    percent = part.get("lendablePercent")
    if percent is not None and not 0 <= percent <= 100:
        errors.append(invalid(f"{path}.lendablePercent", percent, between(0, 100)))


def _check_limited(errors: list[FieldError], path: str, limited: Object) -> None:
    _check_shares(errors, path, limited)
    _check_response(errors, f"{path}.limitResponse", limited.get("limitResponse") or {})
    _check_lendable(errors, path, limited)
    borrowing = limited.get("borrowingLimitPercent")
    if borrowing is not None and borrowing < 0:
        text = "if specified, must be a non-negative integer"
        errors.append(invalid(f"{path}.borrowingLimitPercent", borrowing, text))


def _check_response(errors: list[FieldError], path: str, response: Object) -> None:
    kind, queuing = response.get("type") or "", response.get("queuing")
    if kind == "Reject":
        if queuing is not None:
            text = "must be nil if limited.limitResponse.type is not Limited"
            errors.append(forbidden(f"{path}.queuing", text))
    elif kind == "Queue":
        if queuing is None:
            text = "must not be empty if limited.limitResponse.type is Limited"
            errors.append(required(f"{path}.queuing", text))
        else:
            _check_queuing(errors, f"{path}.queuing", queuing)
    else:
        errors.append(not_supported(f"{path}.type", kind, ["Queue", "Reject"]))


def _check_queuing(errors: list[FieldError], path: str, queuing: Object) -> None:
    queues, hand, length = (queuing.get(key) or 0 for key in ("queues", "handSize", "queueLengthLimit"))
    if length <= 0:
        errors.append(invalid(f"{path}.queueLengthLimit", length, "must be positive"))
    if queues <= 0:
        errors.append(invalid(f"{path}.queues", queues, "must be positive"))
    elif queues > _MAX_QUEUES:
        errors.append(invalid(f"{path}.queues", queues, f"must not be greater than {_MAX_QUEUES}"))
    if hand <= 0:
        errors.append(invalid(f"{path}.handSize", hand, "must be positive"))
    elif hand > queues:
        errors.append(invalid(f"{path}.handSize", hand, f"should not be greater than queues ({queues})"))
    elif _entropy(queues, hand) > _HASH_BITS:
        text = f"required entropy bits of deckSize {queues} and handSize {hand} should not be greater than {_HASH_BITS}"
        errors.append(invalid(f"{path}.handSize", hand, text))


def _entropy(deck: int, hand: int) -> int:
    """The bits of hash that it takes to deal a hand of distinct cards."""
    if hand > _HASH_BITS and deck > 2 * _HASH_BITS:
        return _HASH_BITS + 1
    return math.ceil(math.fsum(math.log2(deck - index) for index in range(hand)))


PRIORITY_LEVEL = Strategy(
    resource="prioritylevelconfigurations.flowcontrol.apiserver.k8s.io",
    namespaced=False,
    has_status=True,
    generation=("spec",),
    default=_default,
    validate=_validate,
    validate_update=lambda level, old, context: _validate(level, context),
    subresources={"status": Subresource(validate=validate_status)},
)
