"""Custom kinds that are served without anybody having created their definition."""

from __future__ import annotations

from kubegate.admission.pod_security_policy.definition import definition as pod_security_policies
from kubegate.api.names import Object, name_of
from kubegate.authz.access.authorizer import AccessPolicyAuthorizer
from kubegate.authz.access.definition import definition as access_policies
from kubegate.authz.chain import Chain
from kubegate.config.admission import AdmissionOptions
from kubegate.registry.custom.resources import CustomResources


def establish(custom: CustomResources, definition: Object) -> None:
    """Serve the kinds of a definition, as the controllers that accept its names would have done."""
    names = (definition.get("spec") or {}).get("names") or {}
    status = {"acceptedNames": names, "conditions": [{"type": "Established", "status": "True"}]}
    custom.observe(name_of(definition), {**definition, "status": status})


def establish_legacy(custom: CustomResources, options: AdmissionOptions) -> None:
    """PodSecurityPolicies are an API again where their plugin runs: nobody may define a kind in the group ``policy``."""
    if "PodSecurityPolicy" in options.enable_admission_plugins:
        establish(custom, pod_security_policies())


def establish_access_policies(custom: CustomResources, authorizer: Chain) -> None:
    """AccessPolicies are an API where they decide."""
    if any(isinstance(member, AccessPolicyAuthorizer) for member in authorizer.members):
        establish(custom, access_policies())
