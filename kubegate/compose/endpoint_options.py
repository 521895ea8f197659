"""All that the decision endpoint is made from."""

from __future__ import annotations

from dataclasses import dataclass

from kubegate.config.admission import AdmissionOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.webhook import WebhookOptions


@dataclass(frozen=True)
class EndpointOptions:
    """The flags of `kubegate webhook`; handed to worker processes."""

    webhook: WebhookOptions
    authn: AuthnOptions
    authz: AuthzOptions
    admission: AdmissionOptions
