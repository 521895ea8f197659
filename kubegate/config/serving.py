"""The flags of the API server's endpoint, its start and its limits, by kube-apiserver's names."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from kubegate.config.flag_types import CommaList, Duration


def _pairs(value: Any) -> Any:
    """``a=true,b=false``, the flag repeated, or a mapping; a key alone means ``true``."""
    if isinstance(value, dict):
        return {key: str(what).lower() if isinstance(what, bool) else what for key, what in value.items()}
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list | tuple):
        return value
    items = (item.strip() for text in texts for item in str(text).split(",") if item.strip())
    return {key.strip(): what.strip() if equals else "true" for key, equals, what in (item.partition("=") for item in items)}


Pairs = Annotated[dict[str, str], BeforeValidator(_pairs)]
"""``key=value`` pairs, comma-separated."""


class ServingOptions(BaseModel, extra="forbid", frozen=True):
    """Where the server listens, with which certificate, what it serves, and how it ends. Times in seconds."""

    bind_address: str = Field("0.0.0.0", description="Address to listen on.")
    secure_port: int = Field(6443, description="Port to serve HTTPS on.")
    advertise_address: str = Field("", description="Address under which the server is known to members of the cluster.")
    external_hostname: str = Field("", description="Host name for generated external URLs.")
    tls_cert_file: str = Field("", description="Serving certificate (PEM); without it one is made in the data directory.")
    tls_private_key_file: str = Field("", description="Its private key (PEM).")
    cert_dir: str = Field("", description="Ignored: certificates are made in the data directory.")
    service_cluster_ip_range: str = Field(
        "10.0.0.0/24", description="CIDR from which cluster IPs are taken; two for dual stack."
    )
    service_node_port_range: str = Field("30000-32767", description="Ports reserved for services with NodePort visibility.")
    allow_privileged: bool = Field(False, description="Allow privileged containers.")
    feature_gates: Pairs = Field(default_factory=dict, description="Feature=true|false pairs.")
    runtime_config: Pairs = Field(
        default_factory=dict,
        description="API groups and versions to switch on or off: group/version=true|false, api/all=true.",
    )
    max_requests_inflight: int = Field(400, description="Limit on read requests at a time.")
    max_mutating_requests_inflight: int = Field(200, description="Limit on writing requests at a time.")
    request_timeout: Duration = Field(60.0, description="How long a request may take, watches aside.")
    min_request_timeout: int = Field(1800, description="Seconds that a watch at least may last.")
    shutdown_delay_duration: Duration = Field(0.0, description="How long to go on serving after SIGTERM.")
    event_ttl: Duration = Field(3600.0, description="How long events are kept.")
    bootstrap_manifests: CommaList = Field(
        default_factory=list, description="Files or directories of objects that are created at start where they are missing."
    )
    scheduler: bool = Field(True, description="Run the scheduler.")
    controllers: CommaList = Field(
        default_factory=lambda: ["*"], description="Controllers to run; '*' all, '-name' switches one off, '' none."
    )
    hollow_nodes: int = Field(0, description="Nodes without a kubelet that pretend to run pods.")

    @property
    def gates(self) -> dict[str, bool]:
        """The feature gates that were set."""
        return {name: value.lower() == "true" for name, value in self.feature_gates.items()}
