"""The PolicySuite kind: expectations of policies as YAML (``*.kubegate.yaml``).

Relative paths are relative to the suite's file. Unknown fields are errors.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError

from kubegate.api.schema.gojson import MAX_DEPTH
from kubegate.api.yaml_depth import too_deep
from kubegate.errors import InvalidInput, Location
from kubegate.testing.cases.access import AccessCase, DecisionCase, Invariant, MatrixCase
from kubegate.testing.cases.admission import AdmissionCase, AdmissionSettings
from kubegate.testing.cases.authentication import AuthenticationCase
from kubegate.testing.cases.scheduling import SchedulingCase
from kubegate.testing.cases.strict import Strict
from kubegate.testing.cases.users import UserSpec
from kubegate.testing.suites.places import Places

API_VERSION = "testing.kubegate.dev/v1alpha1"
KIND = "PolicySuite"
PATTERN = "*.kubegate.yaml"

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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
    """Read a suite; raises `InvalidInput` with file, line and path of the first thing that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
        if line := too_deep(text):
            raise InvalidInput(f"this nests more than {MAX_DEPTH} deep", location=Location(str(path), line))
        document = yaml.load(text, Loader=_Loader)
    except OSError as error:
        raise InvalidInput(f"{path}: {(error.strerror or 'cannot be read').lower()}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = Location(str(path), mark.line + 1, mark.column + 1) if mark else Location(str(path))
        raise InvalidInput(error.problem or "YAML error", location=place) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidInput(f"this is not YAML: {str(error).splitlines()[0]}", location=Location(str(path))) from error
    try:
        return Suite.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = tuple(str(part) for part in first["loc"])
        line = Places(text).line(where)
        hint = f"a suite is of {API_VERSION}, kind {KIND}" if first["loc"] in (("apiVersion",), ("kind",)) else ""
        raise InvalidInput(str(first["msg"]), location=Location(str(path), line, 0, ".".join(where)), hint=hint) from error
