"""Every complaint about an AuthenticationConfiguration, and its expressions compiled.

Source: k8s.io/apiserver ``pkg/apis/apiserver/validation``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from kubegate.api.domain_path import domain_prefixed_path_errors
from kubegate.api.field_errors import FieldError, duplicate, invalid, required, too_many
from kubegate.authn.oidc.expressions import Expression, compile_claims, compile_user, selects
from kubegate.authn.pem import certificates
from kubegate.cel.library import go_url
from kubegate.config.authentication_configuration import (
    AuthenticationConfiguration,
    ClaimMappings,
    ClaimValidationRule,
    Issuer,
    JwtAuthenticator,
    PrefixedClaimOrExpression,
    UserValidationRule,
)
from kubegate.errors import ConfigurationError

_MAX_ISSUERS = 64
_EMAIL = (
    "claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or "
    "claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression"
)


@dataclass(slots=True)
class Expressions:
    """The compiled expressions of one issuer; conditions come with their messages, extra values with their keys."""

    username: Expression | None = None
    groups: Expression | None = None
    uid: Expression | None = None
    extra: list[tuple[str, Expression]] = field(default_factory=list)
    conditions: list[tuple[Expression, str]] = field(default_factory=list)
    user_conditions: list[tuple[Expression, str]] = field(default_factory=list)


def validate(configuration: AuthenticationConfiguration, disallowed_issuers: Sequence[str] = ()) -> list[FieldError]:
    """All complaints about a configuration."""
    members = configuration.jwt or []
    if len(members) > _MAX_ISSUERS:
        return [too_many("jwt", len(members), _MAX_ISSUERS)]
    errors: list[FieldError] = []
    urls: set[str] = set()
    discovery_urls: set[str] = set()
    for index, member in enumerate(members):
        path = f"jwt[{index}]"
        errors += validate_issuer(member, disallowed_issuers, f"{path}.")[1]
        if member.issuer.url in urls:
            errors.append(duplicate(f"{path}.issuer.url", member.issuer.url))
        urls.add(member.issuer.url)
        discovery = member.issuer.discoveryURL or ""
        if discovery and discovery in discovery_urls:
            errors.append(duplicate(f"{path}.issuer.discoveryURL", discovery))
        discovery_urls.add(discovery)
    anonymous = configuration.anonymous
    if anonymous is not None and not anonymous.enabled and anonymous.conditions:
        shown = [{"Path": condition.path} for condition in anonymous.conditions]
        errors.append(invalid("anonymous.conditions", shown, "enabled should be set to true when conditions are defined"))
    return errors


def validate_issuer(
    member: JwtAuthenticator, disallowed_issuers: Sequence[str], prefix: str = ""
) -> tuple[Expressions, list[FieldError]]:
    """One entry: its expressions and the complaints. ``prefix`` stands before the paths (``jwt[0].``)."""
    check = _Check(prefix)
    check.issuer(member.issuer, disallowed_issuers)
    check.claim_rules(member.claimValidationRules or [])
    check.mappings(member.claimMappings)
    check.user_rules(member.userValidationRules or [])
    return check.expressions, check.errors


class _Check:
    """Collects; ``verified``: some expression looks at claims.email_verified."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.errors: list[FieldError] = []
        self.expressions = Expressions()
        self.verified = False

    def issuer(self, issuer: Issuer, disallowed: Sequence[str]) -> None:
        path = f"{self.prefix}issuer"
        self._issuer_url(issuer, path, disallowed)
        self._audiences(issuer, path)
        if issuer.certificateAuthority:
            try:
                certificates(issuer.certificateAuthority.encode())
            except ConfigurationError as error:
                self.errors.append(invalid(f"{path}.certificateAuthority", "<omitted>", error.message))
        if issuer.egressSelectorType not in (None, "", "controlplane", "cluster"):
            text = "egress selector must be either controlplane or cluster"
            self.errors.append(invalid(f"{path}.egressSelectorType", issuer.egressSelectorType, text))

    def _issuer_url(self, issuer: Issuer, path: str, disallowed: Sequence[str]) -> None:
        if issuer.url:
            self.errors += _url_errors(issuer.url, f"{path}.url", disallowed)
        else:
            self.errors.append(required(f"{path}.url"))
        discovery = issuer.discoveryURL or ""
        if discovery:
            if issuer.url and issuer.url.rstrip("/") == discovery.rstrip("/"):
                self.errors.append(invalid(f"{path}.discoveryURL", discovery, "discoveryURL must be different from URL"))
            self.errors += _url_errors(discovery, f"{path}.discoveryURL", ())

    def _audiences(self, issuer: Issuer, path: str) -> None:
        audiences, policy = issuer.audiences or [], issuer.audienceMatchPolicy or ""
        where = f"{path}.audiences"
        if not audiences:
            self.errors.append(required(where, f"at least one {where} is required"))
            return
        for index, audience in enumerate(audiences):
            if not audience:
                self.errors.append(required(f"{where}[{index}]"))
            if audience in audiences[:index]:
                self.errors.append(duplicate(f"{where}[{index}]", audience))
        if policy == "MatchAny" or (len(audiences) == 1 and not policy):
            return
        text = "audienceMatchPolicy must be MatchAny for multiple audiences"
        if len(audiences) == 1:
            text = "audienceMatchPolicy must be empty or MatchAny for single audience"
        self.errors.append(invalid(f"{path}.audienceMatchPolicy", policy, text))

    def _compiled(self, found: Expression | FieldError) -> Expression | None:
        if isinstance(found, FieldError):
            self.errors.append(found)
            return None
        return found

    def claim_rules(self, rules: Sequence[ClaimValidationRule]) -> None:
        claims: set[str] = set()
        texts: set[str] = set()
        for index, rule in enumerate(rules):
            path = f"{self.prefix}claimValidationRules[{index}]"
            if rule.claim and rule.expression:
                self.errors.append(invalid(path, rule.claim, "claim and expression can't both be set"))
            elif rule.claim:
                self._claim_rule(rule, rule.claim, path, claims)
            elif rule.expression:
                self._expression_rule(rule, rule.expression, path, texts)
            else:
                self.errors.append(required(path, "claim or expression is required"))

    def _claim_rule(self, rule: ClaimValidationRule, claim: str, path: str, seen: set[str]) -> None:
        if rule.message:
            self.errors.append(invalid(f"{path}.message", rule.message, "may not be specified when claim is set"))
        if claim in seen:
            self.errors.append(duplicate(f"{path}.claim", claim))
        seen.add(claim)

    def _expression_rule(self, rule: ClaimValidationRule, text: str, path: str, seen: set[str]) -> None:
        if rule.requiredValue:
            why = "may not be specified when expression is set"
            self.errors.append(invalid(f"{path}.requiredValue", rule.requiredValue, why))
        if text in seen:
            self.errors.append(duplicate(f"{path}.expression", text))
            return
        seen.add(text)
        found = self._compiled(compile_claims(text, f"{path}.expression", condition=True))
        if found is not None:
            self.expressions.conditions.append((found, rule.message or ""))
            self.verified |= selects(text, "email_verified")

    def mappings(self, mappings: ClaimMappings) -> None:
        path = f"{self.prefix}claimMappings"
        out = self.expressions
        out.username = self._prefixed(mappings.username, f"{path}.username", needed=True)
        out.groups = self._prefixed(mappings.groups, f"{path}.groups", needed=False)
        if mappings.uid.claim and mappings.uid.expression:
            self.errors.append(invalid(f"{path}.uid", "", "claim and expression can't both be set"))
        elif mappings.uid.expression:
            out.uid = self._compiled(compile_claims(mappings.uid.expression, f"{path}.uid.expression"))
        self._extra(mappings, path)
        if out.username is not None and selects(out.username.text, "email"):
            self.verified |= selects(out.username.text, "email_verified")
            if not self.verified:
                self.errors.append(invalid(f"{path}.username.expression", out.username.text, _EMAIL))

    def _prefixed(self, mapping: PrefixedClaimOrExpression, path: str, *, needed: bool) -> Expression | None:
        if mapping.claim and mapping.expression:
            self.errors.append(invalid(path, "", "claim and expression can't both be set"))
        elif mapping.expression:
            if mapping.prefix is not None:
                why = "may not be specified when expression is set"
                self.errors.append(invalid(f"{path}.prefix", mapping.prefix, why))
            found = self._compiled(compile_claims(mapping.expression, f"{path}.expression"))
            return found if mapping.prefix is None else None
        elif mapping.claim:
            if mapping.prefix is None:
                why = "prefix is required when claim is set. It can be set to an empty string to disable prefixing"
                self.errors.append(required(f"{path}.prefix", why))
        elif needed:
            self.errors.append(required(path, "claim or expression is required"))
        return None

    def _extra(self, mappings: ClaimMappings, base: str) -> None:
        seen: set[str] = set()
        for index, mapping in enumerate(mappings.extra or []):
            path, key = f"{base}.extra[{index}]", mapping.key
            self.errors += domain_prefixed_path_errors(f"{path}.key", key)
            if key != key.lower():
                self.errors.append(invalid(f"{path}.key", key, "must be lowercase"))
            if _reserved(key):
                why = "k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use"
                self.errors.append(invalid(f"{path}.key", key, why))
            if key in seen:
                self.errors.append(duplicate(f"{path}.key", key))
                continue
            seen.add(key)
            if not mapping.valueExpression:
                self.errors.append(required(f"{path}.valueExpression"))
                continue
            found = self._compiled(compile_claims(mapping.valueExpression, f"{path}.valueExpression"))
            if found is not None:
                self.expressions.extra.append((key, found))
                self.verified |= selects(found.text, "email_verified")

    def user_rules(self, rules: Sequence[UserValidationRule]) -> None:
        seen: set[str] = set()
        for index, rule in enumerate(rules):
            path = f"{self.prefix}userValidationRules[{index}].expression"
            if not rule.expression:
                self.errors.append(required(path))
                continue
            if rule.expression in seen:
                self.errors.append(duplicate(path, rule.expression))
                continue
            seen.add(rule.expression)
            found = self._compiled(compile_user(rule.expression, path))
            if found is not None:
                self.expressions.user_conditions.append((found, rule.message or ""))


def _reserved(key: str) -> bool:
    domain, slash, _ = key.partition("/")
    owners = ("kubernetes.io", "k8s.io")
    return bool(slash) and (domain in owners or domain.endswith(tuple(f".{owner}" for owner in owners)))


def _url_errors(url: str, path: str, disallowed: Sequence[str]) -> list[FieldError]:
    errors = []
    if url in disallowed:
        shown = f"[{' '.join(sorted(disallowed))}]"
        errors.append(invalid(path, url, f"URL must not overlap with disallowed issuers: {shown}"))
    try:
        parsed = go_url.parse(url)
    except go_url.UrlError as error:
        return [*errors, invalid(path, url, error.message)]
    without_fragment, _, fragment = url.partition("#")
    if parsed.scheme != "https":
        errors.append(invalid(path, url, "URL scheme must be https"))
    if "@" in urlsplit(without_fragment).netloc:
        errors.append(invalid(path, url, "URL must not contain a username or password"))
    if parsed.query:
        errors.append(invalid(path, url, "URL must not contain a query"))
    if fragment:
        errors.append(invalid(path, url, "URL must not contain a fragment"))
    return errors
