"""The PolicySuite kind: expectations of policies as YAML (``*.kubegate.yaml``).

Relative paths are relative to the suite's file. Unknown fields are errors.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from kubegate.errors import InvalidInput
from kubegate.testing.cases.access import AccessCase, DecisionCase, Invariant, MatrixCase
from kubegate.testing.cases.admission import AdmissionCase, AdmissionSettings
from kubegate.testing.cases.authentication import AuthenticationCase
from kubegate.testing.cases.scheduling import SchedulingCase
from kubegate.testing.cases.strict import Strict
from kubegate.testing.cases.users import UserSpec
from kubegate.testing.suites.mistakes import mistake
from kubegate.testing.suites.reading import read_document

API_VERSION = "testing.kubegate.dev/v1alpha1"
KIND = "PolicySuite"
PATTERN = "*.kubegate.yaml"
_HEAD = f"a suite begins with apiVersion: {API_VERSION} and kind: {KIND}"


class SuiteSpec(Strict):
    """The policies and the cases. Relative paths are relative to the suite's file."""

    policies: list[str] = Field(default_factory=list)
    """Files and directories of manifests."""

    objects: list[dict[str, Any]] = Field(default_factory=list)
    """Manifests in the suite itself."""

    bootstrapPolicy: bool = True
    """Whether the default roles of a cluster are there."""

    authorizationMode: list[str] = Field(default_factory=list)
    authorizationPolicyFile: str = ""
    authorizationConfig: str = ""
    authenticationOptions: dict[str, Any] = Field(default_factory=dict)
    """kube-apiserver's authentication flags by name (``token-auth-file: tokens.csv``)."""

    issuerKeys: dict[str, str] = Field(default_factory=dict)
    """Files with the key sets (JWKS) of issuers, by their URL, for real tokens: nobody is asked for them."""

    admissionOptions: AdmissionSettings = Field(default_factory=AdmissionSettings)
    users: dict[str, UserSpec] = Field(default_factory=dict)
    """The users of the cases, by a name for the suite."""

    authentication: list[AuthenticationCase] = Field(default_factory=list)
    access: list[AccessCase] = Field(default_factory=list)
    matrix: list[MatrixCase] = Field(default_factory=list)
    decisions: list[DecisionCase] = Field(default_factory=list)
    invariants: list[Invariant] = Field(default_factory=list)
    admission: list[AdmissionCase] = Field(default_factory=list)
    scheduling: list[SchedulingCase] = Field(default_factory=list)


class Suite(Strict):
    """One file."""

    apiVersion: Literal["testing.kubegate.dev/v1alpha1"]
    kind: Literal["PolicySuite"]
    metadata: dict[str, Any] = Field(default_factory=dict)
    spec: SuiteSpec

    @property
    def name(self) -> str:
        return str(self.metadata.get("name") or "")


def load_suite(path: Path) -> Suite:
    """Read a suite; raises `InvalidInput` with file, line, column and path of the first thing that is wrong."""
    document, places = read_document(path)
    if not isinstance(document, dict):
        found = "this is empty" if document is None else "this is no mapping"
        raise InvalidInput(found, location=places.place(str(path), ()), hint=_HEAD)
    try:
        return Suite.model_validate(document)
    except ValidationError as error:
        wrong = mistake(str(path), document, error, Suite, places)
        if wrong.location is not None and wrong.location.path in ("apiVersion", "kind"):
            wrong.hint = _HEAD
        raise wrong from error
