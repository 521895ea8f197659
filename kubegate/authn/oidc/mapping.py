"""From the claims of a verified token to the user, and the rules that claims and user must pass.

Source: k8s.io/apiserver ``plugin/pkg/authenticator/token/oidc``; every complaint is in its words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from kubegate.api.go import quote
from kubegate.api.user import User
from kubegate.authn.jose import TokenError
from kubegate.authn.oidc.expressions import Expression, claims_value, strings_of, user_value
from kubegate.authn.oidc.validate import Expressions
from kubegate.authn.plugins.x509 import CREDENTIAL_ID
from kubegate.config.authentication_configuration import JwtAuthenticator

_T = TypeVar("_T")
Claims = Mapping[str, Any]
Bindings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ClaimsToUser:
    """One issuer's mappings and rules."""

    configuration: JwtAuthenticator
    expressions: Expressions

    def user(self, claims: Claims) -> User:
        """Whom the claims name; raises `TokenError` if a claim has the wrong shape or a rule does not hold."""
        bindings = {"claims": claims_value(claims)}
        name = self._name(claims, bindings)
        groups = self._groups(claims, bindings)
        uid = self._uid(claims, bindings)
        user = User(name, uid, groups, self._extra(claims, bindings))
        self._required(claims)
        _hold(self.expressions.conditions, bindings, "oidc: error evaluating claim validation expression")
        if self.expressions.user_conditions:
            users = {"user": user_value(user)}
            _hold(self.expressions.user_conditions, users, "oidc: error evaluating user info validation rule")
        return user

    def _name(self, claims: Claims, bindings: Bindings) -> str:
        expression = self.expressions.username
        if expression is not None:
            name = _text_of(expression, bindings, "username")
            if not name:
                raise TokenError("oidc: empty username via CEL expression is not allowed")
            return name
        mapping = self.configuration.claimMappings.username
        claim = mapping.claim or ""
        name = _in(f"oidc: parse username claims {quote(claim)}", lambda: _text_claim(claims, claim))
        if claim == "email" and "email_verified" in claims:
            verified = claims["email_verified"]
            if verified is not None and not isinstance(verified, bool):
                raise TokenError(f"oidc: parse 'email_verified' claim: {_mismatch(verified, 'bool')}")
            if not verified:
                raise TokenError("oidc: email not verified")
        return (mapping.prefix or "") + name

    def _groups(self, claims: Claims, bindings: Bindings) -> tuple[str, ...]:
        mapping = self.configuration.claimMappings.groups
        claim = mapping.claim or ""
        if claim and claim in claims:
            found = _in(f"oidc: parse groups claim {quote(claim)}", lambda: _text_or_list(claims[claim]))
            return tuple((mapping.prefix or "") + group for group in found)
        expression = self.expressions.groups
        if expression is None:
            return ()
        where = "oidc: error evaluating group claim expression"
        return _in(where, lambda: strings_of(expression, expression.evaluate(bindings)))

    def _uid(self, claims: Claims, bindings: Bindings) -> str:
        claim = self.configuration.claimMappings.uid.claim
        if claim:
            return _in(f"oidc: parse uid claim {quote(claim)}", lambda: _text_claim(claims, claim))
        expression = self.expressions.uid
        return _text_of(expression, bindings, "uid") if expression is not None else ""

    def _extra(self, claims: Claims, bindings: Bindings) -> tuple[tuple[str, tuple[str, ...]], ...]:
        extra: dict[str, tuple[str, ...]] = {}
        token_id = claims.get("jti")
        if isinstance(token_id, str) and token_id:
            extra[CREDENTIAL_ID] = (f"JTI={token_id}",)
        for key, expression in self.expressions.extra:
            value = expression.evaluate(bindings)
            where = f"oidc: error evaluating extra claim expression: {expression.text}"
            values = _in(where, partial(strings_of, expression, value))
            if values:
                extra[key] = values
        return tuple(extra.items())

    def _required(self, claims: Claims) -> None:
        for rule in self.configuration.claimValidationRules or []:
            claim = rule.claim
            if not claim:
                continue
            if claim not in claims:
                raise TokenError(f"oidc: required claim {claim} not present in ID token")
            value = _in(f"oidc: parse claim {claim}", partial(_text_claim, claims, claim))
            if value != (rule.requiredValue or ""):
                got = f"Got = {value}, want = {rule.requiredValue or ''}"
                raise TokenError(f"oidc: required claim {claim} value does not match. {got}")


def _in(where: str, read: Callable[[], _T]) -> _T:
    """What ``read`` gives; its `TokenError` gets ``where`` in front."""
    try:
        return read()
    except TokenError as error:
        raise TokenError(f"{where}: {error.message}") from error


def _text_of(expression: Expression, bindings: Bindings, what: str) -> str:
    where = f"oidc: error evaluating {what} claim expression"
    value = _in(where, lambda: expression.evaluate(bindings))
    if not isinstance(value, str):
        raise TokenError(f"{where}: {what} claim expression must return a string")
    return value


def _text_claim(claims: Claims, name: str) -> str:
    if name not in claims:
        raise TokenError("claim not present")
    value = claims[name]
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TokenError(_mismatch(value, "string"))
    return value


def _text_or_list(value: Any) -> tuple[str, ...]:
    """A text is a list of one; null members of a list are empty texts."""
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and all(item is None or isinstance(item, str) for item in value):
        return tuple(item or "" for item in value)
    raise TokenError(_mismatch(value, "string"))


def _mismatch(value: Any, wanted: str) -> str:
    kind = "object"
    if isinstance(value, bool):
        kind = "bool"
    elif isinstance(value, int | float):
        kind = "number"
    elif isinstance(value, str):
        kind = "string"
    elif isinstance(value, list):
        kind = "array"
    return f"json: cannot unmarshal {kind} into Go value of type {wanted}"


def _hold(rules: Sequence[tuple[Expression, str]], bindings: Bindings, where: str) -> None:
    # All are evaluated before the first is judged: an error hides what does not hold.
    results = [_in(where, partial(expression.evaluate, bindings)) for expression, _ in rules]
    for (expression, message), result in zip(rules, results, strict=True):
        if result is not True:
            raise TokenError(f"{where}: validation expression '{expression.text}' failed: {message}")
