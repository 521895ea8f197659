"""The flags of authorization, by kube-apiserver's names."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from kubegate.api.go import quote, quoted_list
from kubegate.config.flag_types import CommaList, Duration

MODES = ("AlwaysAllow", "AlwaysDeny", "ABAC", "Webhook", "RBAC", "Node", "AccessPolicy")


class AuthzOptions(BaseModel):
    """Which authorizers are asked, in which order. Times to live in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    authorization_mode: CommaList = Field(
        default_factory=list,
        description="Ordered authorizers: AlwaysAllow,AlwaysDeny,ABAC,Webhook,RBAC,Node,AccessPolicy. Default: Node,RBAC.",
    )
    authorization_policy_file: str = Field("", description="ABAC policies, one JSON object a line.")
    access_policy_file: CommaList = Field(default_factory=list, description="AccessPolicies: files or directories.")
    authorization_webhook_config_file: str = Field("", description="Kubeconfig of the authorization webhook.")
    authorization_webhook_version: str = Field("v1beta1", description="Version of SubjectAccessReview sent to the webhook.")
    authorization_webhook_cache_authorized_ttl: Duration = Field(
        300.0, description="How long an 'authorized' answer is cached."
    )
    authorization_webhook_cache_unauthorized_ttl: Duration = Field(
        30.0, description="How long an 'unauthorized' answer is cached."
    )
    authorization_config: str = Field("", description="AuthorizationConfiguration file; excludes the flags above.")

    @property
    def modes(self) -> list[str]:
        """The modes in force where no configuration file is given. Off never means allow: the default is Node,RBAC."""
        return self.authorization_mode or ["Node", "RBAC"]

    def complaints(self) -> list[str]:
        """What is wrong with the combination of flags, in the server's words."""
        if self.authorization_config:
            return self._config_complaints()
        modes = self.modes
        found = [complaint for mode in modes if (complaint := self._mode_complaint(mode))]
        if self.access_policy_file and "AccessPolicy" not in modes:
            found.append("cannot specify --access-policy-file without mode AccessPolicy")
        if self.authorization_policy_file and "ABAC" not in modes:
            found.append("cannot specify --authorization-policy-file without mode ABAC")
        if self.authorization_webhook_config_file and "Webhook" not in modes:
            found.append("cannot specify --authorization-webhook-config-file without mode Webhook")
        if len(set(modes)) != len(modes):
            found.append(f"authorization-mode {quoted_list(modes)} has mode specified more than once")
        return found

    def _mode_complaint(self, mode: str) -> str:
        if mode not in MODES:
            return f"authorization-mode {quote(mode)} is not a valid mode"
        if mode == "ABAC" and not self.authorization_policy_file:
            return "authorization-mode ABAC's authorization policy file not passed"
        if mode == "Webhook" and not self.authorization_webhook_config_file:
            return "authorization-mode Webhook's authorization config file not passed"
        return ""

    def _config_complaints(self) -> list[str]:
        if self.authorization_mode or self.authorization_webhook_config_file:
            return [
                "--authorization-config can not be specified when "
                "--authorization-mode or --authorization-webhook-* flags are defined"
            ]
        if self.access_policy_file:
            return [
                "--authorization-config can not be specified when --access-policy-file is defined: "
                "name the paths in the file, as accessPolicy.paths of the authorizer of type AccessPolicy"
            ]
        return []
