"""The flags of `kubegate webhook` that are its own; those of authentication and admission are kube-apiserver's."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from kubegate.config.flag_types import CommaList, Duration


class WebhookOptions(BaseModel):
    """The decision endpoint. Times in seconds, sizes in requests."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    filename: list[str] = Field(default_factory=list, description="Manifests: file or directory (repeatable).")
    kubeconfig: str = Field("", description="Follow the policies of this cluster instead of those of files.")
    shadow_filename: list[str] = Field(
        default_factory=list, description="A second policy set, compared and never enforced (repeatable)."
    )
    bind_address: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8443, description="Port to listen on.", ge=0, le=65535)
    tls_cert_file: str = Field("", description="Certificate to serve with, and its chain (PEM).")
    tls_private_key_file: str = Field("", description="The certificate's key (PEM).")
    allowed_token_file: str = Field(
        "", description="Bearer tokens that may ask, one a line. Default: everybody who connects."
    )
    workers: int = Field(2, description="Worker processes.", ge=1, le=64)
    max_in_flight: int = Field(400, description="Requests worked on at a time in a worker; more are answered 429.", ge=1)
    reload_interval: Duration = Field(1.0, description="How often the policy files are looked at for changes.", gt=0)
    deny_is_final: bool = Field(False, description="Answer a refusal as denied instead of no opinion.")
    denial_reasons: bool = Field(False, description="Tell the asking cluster why access is refused.")
    decision_log_path: str = Field("", description="File for one JSON line a decision; - is standard output.")
    decision_log_mask: CommaList = Field(
        default_factory=lambda: ["extra", "uid"],
        description="Fields whose values do not show in the decision log: user, uid, groups, extra, name, namespace, path, "
        "fieldSelector, labelSelector.",
    )
