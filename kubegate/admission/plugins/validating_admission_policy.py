"""ValidatingAdmissionPolicy: policies written as CEL expressions refuse requests (see `admission.policies.validating`).

Source: k8s.io/apiserver ``pkg/admission/plugin/policy/validating``, KEP-3488.
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.interface import Environment, Plugin
from kubegate.admission.manifests.settings import ValidatingPolicySettings
from kubegate.admission.policies.validating.dispatcher import ValidatingPolicies


def _build(environment: Environment, configuration: Any) -> ValidatingPolicies:
    directory = configuration.staticManifestsDir if isinstance(configuration, ValidatingPolicySettings) else ""
    return ValidatingPolicies(environment, directory)


PLUGIN = Plugin("ValidatingAdmissionPolicy", _build, on_by_default=True, model=ValidatingPolicySettings)
