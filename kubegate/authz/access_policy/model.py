"""The kinds AccessPolicy and BreakGlass (``policy.kubegate.dev/v1alpha1``)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kubegate.api.names import Object, name_of
from kubegate.errors import InvalidInput, Location

API_VERSION = "policy.kubegate.dev/v1alpha1"

Model = TypeVar("Model", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SubjectSpec(_Strict):
    """Whom it is about; ``name`` (and ``namespace`` of a service account) may hold ``*``."""

    kind: Literal["User", "Group", "ServiceAccount"]
    name: str
    namespace: str = ""

    @model_validator(mode="after")
    def _whole(self) -> SubjectSpec:
        if not self.name:
            raise ValueError("name is required")
        if (self.kind == "ServiceAccount") is not bool(self.namespace):
            raise ValueError("namespace is required for a ServiceAccount, and only for it")
        return self

    @property
    def user_pattern(self) -> str:
        """The pattern of the user's or group's name."""
        return f"system:serviceaccount:{self.namespace}:{self.name}" if self.kind == "ServiceAccount" else self.name


class RuleSpec(_Strict):
    """What it is about: as in RBAC, and narrower. Absent namespaces and names mean all."""

    verbs: list[str] = Field(min_length=1)
    apiGroups: list[str] = Field(default_factory=list)
    resources: list[str] = Field(default_factory=list)
    resourceNames: list[str] = Field(default_factory=list, description="Names, with * for any run of characters.")
    namespaces: list[str] = Field(default_factory=list, description="Namespaces, with * for any run of characters.")
    nonResourceURLs: list[str] = Field(default_factory=list)
    labelSelector: dict[str, Any] | None = None
    fieldSelector: str = ""

    @model_validator(mode="after")
    def _whole(self) -> RuleSpec:
        if bool(self.resources) is bool(self.nonResourceURLs):
            raise ValueError("exactly one of resources and nonResourceURLs is required")
        if self.resources and not self.apiGroups:
            raise ValueError('apiGroups is required with resources ("" is the core group)')
        return self


class PolicySpec(_Strict):
    """``when``: CEL expressions over ``request`` (the spec of a SubjectAccessReview); all must hold. The times are RFC 3339;
    the policy is in force from ``notBefore`` until just before ``notAfter``."""

    effect: Literal["Allow", "Deny"]
    subjects: list[SubjectSpec] = Field(min_length=1)
    rules: list[RuleSpec] = Field(min_length=1)
    when: list[str] = Field(default_factory=list)
    notBefore: datetime | None = None
    notAfter: datetime | None = None

    @model_validator(mode="after")
    def _times(self) -> PolicySpec:
        for moment in (self.notBefore, self.notAfter):
            if moment is not None and moment.tzinfo is None:
                raise ValueError("times need a zone, as in 2027-01-31T00:00:00Z")
        if self.notBefore and self.notAfter and self.notBefore >= self.notAfter:
            raise ValueError("notBefore is not before notAfter")
        return self


class BreakGlassSpec(_Strict):
    """Subjects that no AccessPolicy can deny."""

    subjects: list[SubjectSpec] = Field(min_length=1)


def read_policy(obj: Object, location: Location | None = None) -> PolicySpec:
    """The spec of an AccessPolicy; raises `InvalidInput` where it is wrong."""
    return _read(PolicySpec, obj, location)


def read_break_glass(obj: Object, location: Location | None = None) -> BreakGlassSpec:
    """The spec of a BreakGlass; raises `InvalidInput` where it is wrong."""
    return _read(BreakGlassSpec, obj, location)


def _read(model: type[Model], obj: Object, location: Location | None) -> Model:
    try:
        return model.model_validate(obj.get("spec") or {})
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join(map(str, ("spec", *first["loc"])))
        message = f"{obj.get('kind')} {name_of(obj)}: {path}: {first['msg']}"
        raise InvalidInput(message, location=location) from error
