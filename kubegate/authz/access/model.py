"""The AccessPolicy kind: its fields, and what makes one invalid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError, model_validator

from kubegate.api.names import Object, name_of
from kubegate.authz.access.fields import Groups, Instant, Names, Paths, Patterns, Resources, Selector, Words
from kubegate.authz.access.patterns import any_of, glob
from kubegate.authz.interface import Locate
from kubegate.errors import InvalidInput

API_VERSION = "policy.kubegate.dev/v1alpha1"
GROUP, KIND = "policy.kubegate.dev", "AccessPolicy"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Subject(_Strict):
    """Whom a policy is about. ``*`` in ``name`` and ``namespace`` stands for any text."""

    kind: Literal["User", "Group", "ServiceAccount"]
    name: str = Field(min_length=1)
    namespace: str = ""
    apiGroup: str = ""

    @model_validator(mode="after")
    def _namespace_of_service_accounts(self) -> Subject:
        if (self.kind == "ServiceAccount") is not bool(self.namespace):
            raise ValueError("namespace is required for a ServiceAccount and for nothing else")
        return self


class AccessRule(_Strict):
    """A rule as in RBAC, with patterns of names and with selectors that a request's own selector must imply."""

    verbs: Words = Field(min_length=1)
    apiGroups: Groups = []
    resources: Resources = []
    resourceNames: Names = []
    resourceNamePatterns: Patterns = []
    nonResourceURLs: Paths = []
    labelSelector: Selector | None = None
    fieldSelector: str = ""

    @model_validator(mode="after")
    def _either_resources_or_paths(self) -> AccessRule:
        if bool(self.resources) is bool(self.nonResourceURLs):
            raise ValueError("exactly one of resources and nonResourceURLs must be given")
        if self.resources and not self.apiGroups:
            raise ValueError('apiGroups must be given with resources ("" is the core group)')
        names = self.resourceNames or self.resourceNamePatterns or self.labelSelector or self.fieldSelector
        if self.nonResourceURLs and (self.apiGroups or names):
            raise ValueError("a rule about paths has no apiGroups, names or selectors")
        return self


class AccessPolicySpec(_Strict):
    """What applies to whom, where and when. Without ``namespaces`` it holds everywhere, in the cluster's scope too; from
    ``notBefore`` on, and up to but not at ``notAfter``."""

    effect: Literal["Allow", "Deny"]
    subjects: list[Subject] = Field(min_length=1)
    exceptSubjects: list[Subject] = []
    namespaces: list[str] = []
    rules: list[AccessRule] = Field(min_length=1)
    when: list[str] = []
    notBefore: Instant | None = None
    notAfter: Instant | None = None
    reason: str = ""
    breakGlass: StrictBool = False

    @model_validator(mode="after")
    def _consistent(self) -> AccessPolicySpec:
        if self.breakGlass and self.effect != "Allow":
            raise ValueError("breakGlass marks subjects that can never be denied: it goes with effect Allow only")
        if self.breakGlass and any("*" in subject.name + subject.namespace for subject in self.subjects):
            raise ValueError("subjects of breakGlass are named exactly, without *")
        if self.notBefore and self.notAfter and self.notBefore >= self.notAfter:
            raise ValueError("notBefore must be before notAfter")
        about_paths = any(rule.nonResourceURLs for rule in self.rules)
        if about_paths and self.namespaces and not any_of(map(glob, self.namespaces), ""):
            raise ValueError("nonResourceURLs are in no namespace: rules about them go into a policy without namespaces")
        return self


def read_policy(obj: Object, locate: Locate) -> AccessPolicySpec:
    """The policy of an object; raises `InvalidInput` with the place of every fault's field (the first is the location)."""
    unknown = set(obj) - {"apiVersion", "kind", "metadata", "spec"}
    if obj.get("apiVersion") != API_VERSION or unknown:
        what = f"unknown field {sorted(unknown)[0]}" if unknown else f"apiVersion must be {API_VERSION}"
        raise InvalidInput(f"AccessPolicy {name_of(obj)!r}: {what}", location=locate(obj, ""))
    if not name_of(obj):
        raise InvalidInput("AccessPolicy: metadata.name is missing", location=locate(obj, "metadata"))
    try:
        return AccessPolicySpec.model_validate(obj.get("spec") or {})
    except ValidationError as error:
        faults = [(_path(fault), str(fault["msg"])) for fault in map(dict, error.errors())]
        text = "; ".join(f"{path}: {message.removeprefix('Value error, ')}" for path, message in faults)
        raise InvalidInput(f"AccessPolicy {name_of(obj)!r}: {text}", location=locate(obj, faults[0][0])) from error


def _path(fault: Mapping[str, Any]) -> str:
    text = "spec"
    for part in fault["loc"]:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text
