"""MutatingAdmissionPolicy: policies written as CEL expressions change requests (see `admission.policies.mutating`).

Source: k8s.io/apiserver ``pkg/admission/plugin/policy/mutating``, KEP-3962.
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.interface import Environment, Plugin
from kubegate.admission.manifests.settings import MutatingPolicySettings
from kubegate.admission.policies.mutating.dispatcher import MutatingPolicies


def _build(environment: Environment, configuration: Any) -> MutatingPolicies:
    directory = configuration.staticManifestsDir if isinstance(configuration, MutatingPolicySettings) else ""
    return MutatingPolicies(environment, directory)


PLUGIN = Plugin("MutatingAdmissionPolicy", _build, on_by_default=True, model=MutatingPolicySettings)
