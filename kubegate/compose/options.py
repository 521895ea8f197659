"""All flags of the API server."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from kubegate.config.admission import AdmissionOptions
from kubegate.config.audit import AuditOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.serving import ServingOptions
from kubegate.config.storage import StorageOptions


@dataclass(frozen=True, slots=True)
class Options:
    """All flags of the API server."""

    serving: ServingOptions
    storage: StorageOptions
    authn: AuthnOptions
    authz: AuthzOptions
    admission: AdmissionOptions
    audit: AuditOptions = field(default_factory=AuditOptions)

    @property
    def data_dir(self) -> Path:
        """The directory of keys, certificates and the embedded store."""
        return Path(self.storage.data_dir)
