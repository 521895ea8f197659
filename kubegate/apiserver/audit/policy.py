"""The audit Policy: for a request, how much is recorded of it and at which stages.

The first rule that matches decides; no rule means nothing is recorded. A rule may tell resources (with namespaces) or
paths, or neither. Source: k8s.io/apiserver ``audit/policy``, ``apis/audit/validation``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from pydantic import BaseModel, ConfigDict, Field

from kubegate.api.domain_path import is_subdomain
from kubegate.api.field_errors import FieldError, aggregate, invalid, not_supported, required
from kubegate.authz.interface import Attributes
from kubegate.config.versioned import load_versioned
from kubegate.errors import ConfigurationError

STAGES = ("RequestReceived", "ResponseStarted", "ResponseComplete", "Panic")


class Level(IntEnum):
    """How much is recorded; each includes the ones before."""

    NONE = 0
    METADATA = 1
    REQUEST = 2
    REQUEST_RESPONSE = 3

    @property
    def text(self) -> str:
        """As events and policies write it."""
        return _LEVELS[self]


_LEVELS = ("None", "Metadata", "Request", "RequestResponse")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class GroupResources(_Strict):
    """Resources of one group: ``pods``, ``pods/log``, ``pods/*``, ``*/scale``, ``*``; none means all."""

    group: str = ""
    resources: list[str] = Field(default_factory=list)
    resourceNames: list[str] = Field(default_factory=list)


class Rule(_Strict):
    """Every list that is not empty must match."""

    level: str = ""
    users: list[str] = Field(default_factory=list)
    userGroups: list[str] = Field(default_factory=list)
    verbs: list[str] = Field(default_factory=list)
    resources: list[GroupResources] = Field(default_factory=list)
    namespaces: list[str] = Field(default_factory=list)
    nonResourceURLs: list[str] = Field(default_factory=list)
    omitStages: list[str] = Field(default_factory=list)
    omitManagedFields: bool | None = None


class Policy(_Strict):
    """The whole file."""

    metadata: dict[str, object] = Field(default_factory=dict)
    rules: list[Rule] = Field(default_factory=list)
    omitStages: list[str] = Field(default_factory=list)
    omitManagedFields: bool = False

    def decide(self, attributes: Attributes) -> Decision:
        """How a request is recorded."""
        for rule in self.rules:
            if _matches(rule, attributes):
                drop = self.omitManagedFields if rule.omitManagedFields is None else rule.omitManagedFields
                level = Level(_LEVELS.index(rule.level))
                return Decision(level, frozenset([*self.omitStages, *rule.omitStages]), drop)
        return Decision(Level.NONE, frozenset(self.omitStages), self.omitManagedFields)


@dataclass(frozen=True, slots=True)
class Decision:
    """``omitted`` stages produce no event; ``drop_managed_fields`` from recorded objects."""

    level: Level
    omitted: frozenset[str]
    drop_managed_fields: bool


def load_policy(path: str) -> Policy:
    """Raises `ConfigurationError` with every complaint."""
    models = {f"audit.k8s.io/{version}": Policy for version in ("v1",)}
    try:
        policy = load_versioned(path, "Policy", models, scheme="k8s.io/apiserver/pkg/audit/scheme.go:30")
        errors = [error for index, rule in enumerate(policy.rules) for error in _rule_errors(rule, f"rules[{index}]")]
        if errors:
            raise ConfigurationError(aggregate(errors))
        if not policy.rules:
            raise ConfigurationError("loaded illegal policy with 0 rules")
    except ConfigurationError as error:
        raise ConfigurationError(f"loading audit policy file: {error.message}: from file {path}") from error
    return policy


def _rule_errors(rule: Rule, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    if not rule.level:
        errors.append(required(f"{path}.level"))
    elif rule.level not in _LEVELS:
        errors.append(not_supported(f"{path}.level", rule.level, _LEVELS))
    for index, url in enumerate(rule.nonResourceURLs):
        where = f"{path}.nonResourceURLs[{index}]"
        if url != "*" and not url.startswith("/"):
            errors.append(invalid(where, url, "non-resource URL rules must begin with a '/' character"))
        if "*" in url[:-1]:
            errors.append(invalid(where, url, "non-resource URL wildcards '*' must be the final character of the rule"))
    for entry in rule.resources:
        if entry.group and not is_subdomain(entry.group):
            errors.append(invalid(f"{path}.resources.group", entry.group, "must be a lower-case DNS subdomain"))
        if entry.resourceNames and not entry.resources:
            why = "using resourceNames requires at least one resource"
            errors.append(invalid(f"{path}.resources.resourceNames", entry.resourceNames, why))
    for index, stage in enumerate(rule.omitStages):
        if stage not in STAGES:
            errors.append(invalid(f"{path}.omitStages[{index}]", stage, f"allowed stages are {','.join(STAGES)}"))
    if rule.nonResourceURLs and (rule.resources or rule.namespaces):
        why = "rules cannot apply to both regular resources and non-resource URLs"
        errors.append(invalid(f"{path}.nonResourceURLs", rule.nonResourceURLs, why))
    return errors


def _matches(rule: Rule, asked: Attributes) -> bool:
    if rule.users and asked.user.name not in rule.users:
        return False
    if rule.userGroups and not set(rule.userGroups) & set(asked.user.groups):
        return False
    if rule.verbs and asked.verb not in rule.verbs:
        return False
    if rule.namespaces or rule.resources:
        return asked.is_resource and _matches_resource(rule, asked)
    if rule.nonResourceURLs:
        return not asked.is_resource and any(_matches_path(asked.path, url) for url in rule.nonResourceURLs)
    return True


def _matches_path(path: str, url: str) -> bool:
    return url in ("*", path) or (url.endswith("*") and path.startswith(url.rstrip("*")))


def _matches_resource(rule: Rule, asked: Attributes) -> bool:
    if rule.namespaces and asked.namespace not in rule.namespaces:
        return False
    return not rule.resources or any(_matches_group(entry, asked) for entry in rule.resources)


def _matches_group(entry: GroupResources, asked: Attributes) -> bool:
    if entry.group != asked.group:
        return False
    if not entry.resources:
        return True
    if entry.resourceNames and asked.name not in entry.resourceNames:
        return False
    whole = f"{asked.resource}/{asked.subresource}" if asked.subresource else asked.resource
    wanted = {whole, "*", f"{asked.resource}/*"} | ({f"*/{asked.subresource}"} if asked.subresource else set())
    return bool(wanted & set(entry.resources))
