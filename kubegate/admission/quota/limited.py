"""ResourceQuotaConfiguration: resources that nobody consumes unless a quota covers them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, Field, model_validator

from kubegate.admission.quota.amounts import Amounts
from kubegate.admission.quota.scopes import Scope


@dataclass(frozen=True, slots=True)
class Limited:
    """A resource of which consumption whose name contains one of ``contains``, or objects in ``scopes``, need a quota."""

    qualified: str
    contains: tuple[str, ...] = ()
    scopes: tuple[Scope, ...] = ()

    def limited_names(self, usage: Amounts) -> list[str]:
        """The consumed quota resources that need a quota."""
        return [name for name, amount in usage.items() if amount.sign() > 0 and any(part in name for part in self.contains)]


class _ScopeModel(BaseModel, extra="forbid"):
    scopeName: str
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    values: list[str] = Field(default_factory=list)


class _LimitedModel(BaseModel, extra="forbid"):
    apiGroup: str = ""
    resource: str = Field(min_length=1)
    matchContains: list[str] = Field(default_factory=list)
    matchScopes: list[_ScopeModel] = Field(default_factory=list)


_VERSIONS = {
    "ResourceQuotaConfiguration": ("apiserver.config.k8s.io/v1",),
    "Configuration": ("resourcequota.admission.k8s.io/v1beta1", "resourcequota.admission.k8s.io/v1alpha1"),
}


class ResourceQuotaConfiguration(BaseModel, extra="forbid"):
    """The plugin's configuration kind (also under its older name ``Configuration``)."""

    apiVersion: str
    kind: str
    limitedResources: list[_LimitedModel] = Field(default_factory=list)

    @model_validator(mode="after")
    def _known_version(self) -> ResourceQuotaConfiguration:
        if self.apiVersion not in _VERSIONS.get(self.kind, ()):
            raise ValueError(f'no kind "{self.kind}" is registered for version "{self.apiVersion}"')
        return self

    def limited(self) -> Sequence[Limited]:
        """The configuration as values."""
        return tuple(_limited(item) for item in self.limitedResources)


def _limited(item: Any) -> Limited:
    qualified = f"{item.resource}.{item.apiGroup}" if item.apiGroup else item.resource
    scopes = tuple(Scope(scope.scopeName, scope.operator, tuple(scope.values)) for scope in item.matchScopes)
    return Limited(qualified, tuple(item.matchContains), scopes)
