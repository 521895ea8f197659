"""What plugins are configured with: the directory of their manifests.

Source: k8s.io/apiserver ``pkg/admission/plugin/{policy/config,webhook/config,manifest}``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from kubegate.admission.feature_gates import is_on
from kubegate.admission.interface import Environment
from kubegate.api.go import quote
from kubegate.errors import ConfigurationError

GATE = "ManifestBasedAdmissionControlConfig"
_FIELD = "staticManifestsDir"


class ManifestSettings(BaseModel, extra="forbid"):
    """What all four plugins share."""

    apiVersion: Literal["", "apiserver.config.k8s.io/v1"] = ""
    kind: str = ""
    staticManifestsDir: str = ""


class ValidatingPolicySettings(ManifestSettings):
    """The configuration of ValidatingAdmissionPolicy."""

    kind: Literal["", "ValidatingAdmissionPolicyConfiguration"] = ""


class MutatingPolicySettings(ManifestSettings):
    """The configuration of MutatingAdmissionPolicy."""

    kind: Literal["", "MutatingAdmissionPolicyConfiguration"] = ""


def check_directory(directory: str, environment: Environment) -> None:
    """Raises `ConfigurationError` unless it is an absolute path of a directory, and the feature is on."""
    if not is_on(environment, GATE):
        why = f"staticManifestsDir requires the {GATE} feature gate to be enabled"
        raise ConfigurationError(f"{_FIELD}: Forbidden: {why}", hint=f"start with --feature-gates={GATE}=true")
    path = Path(directory)
    problem = ""
    if not path.is_absolute():
        problem = "must be an absolute file path"
    else:
        try:
            path.stat()
        except OSError as error:
            problem = f"unable to read: stat {directory}: {(error.strerror or 'unreadable').lower()}"
        else:
            problem = "" if path.is_dir() else "must be a directory"
    if problem:
        raise ConfigurationError(f"{_FIELD}: Invalid value: {quote(directory)}: {problem}")
