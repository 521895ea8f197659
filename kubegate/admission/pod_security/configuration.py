"""PodSecurityConfiguration (pod-security.admission.config.k8s.io v1, v1beta1, v1alpha1): defaults and exemptions."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from kubegate.admission.pod_security.levels import (
    LEVEL_MESSAGE,
    VERSION_MESSAGE,
    Level,
    LevelVersion,
    Policy,
    parse_level,
    parse_version,
)

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\Z", re.ASCII)
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\Z", re.ASCII)


def _level(text: str) -> str:
    if text and parse_level(text) is None:
        raise ValueError(LEVEL_MESSAGE)
    return text


def _version(text: str) -> str:
    if text and not parse_version(text)[0]:
        raise ValueError(VERSION_MESSAGE)
    return text


def _unique(names: list[str]) -> list[str]:
    for name in names:
        if not name:
            raise ValueError("must not be empty")
        if names.count(name) > 1:
            raise ValueError(f"duplicate value: {name}")
    return names


def _namespaces(names: list[str]) -> list[str]:
    bad = [name for name in names if not _LABEL.match(name)]
    if bad:
        raise ValueError(f"no namespace can be called {bad[0]!r}")
    return _unique(names)


def _classes(names: list[str]) -> list[str]:
    bad = [name for name in names if len(name) > 253 or not _SUBDOMAIN.match(name)]
    if bad:
        raise ValueError(f"no runtime class can be called {bad[0]!r}")
    return _unique(names)


LevelText = Annotated[str, AfterValidator(_level)]
VersionText = Annotated[str, AfterValidator(_version)]


class Defaults(BaseModel, extra="forbid"):
    """The policy of namespaces without labels; empty means privileged and latest."""

    enforce: LevelText = ""
    enforce_version: VersionText = Field("", alias="enforce-version")
    audit: LevelText = ""
    audit_version: VersionText = Field("", alias="audit-version")
    warn: LevelText = ""
    warn_version: VersionText = Field("", alias="warn-version")

    def policy(self) -> Policy:
        """The same as a `Policy`."""
        return Policy(
            _level_version(self.enforce, self.enforce_version),
            _level_version(self.audit, self.audit_version),
            _level_version(self.warn, self.warn_version),
        )


class Exemptions(BaseModel, extra="forbid"):
    """Who and what is never judged."""

    usernames: Annotated[list[str], AfterValidator(_unique)] = Field(default_factory=list)
    namespaces: Annotated[list[str], AfterValidator(_namespaces)] = Field(default_factory=list)
    runtimeClasses: Annotated[list[str], AfterValidator(_classes)] = Field(default_factory=list)


class PodSecurityConfiguration(BaseModel, extra="forbid"):
    """The plugin's configuration kind."""

    apiVersion: Literal[
        "pod-security.admission.config.k8s.io/v1",
        "pod-security.admission.config.k8s.io/v1beta1",
        "pod-security.admission.config.k8s.io/v1alpha1",
    ] = "pod-security.admission.config.k8s.io/v1"
    kind: Literal["PodSecurityConfiguration"] = "PodSecurityConfiguration"
    defaults: Defaults = Field(default_factory=Defaults)
    exemptions: Exemptions = Field(default_factory=Exemptions)


def _level_version(level: str, version: str) -> LevelVersion:
    return LevelVersion(parse_level(level) or Level.PRIVILEGED, parse_version(version)[1])
