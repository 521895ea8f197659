"""What the decision endpoint decides by."""

from __future__ import annotations

import pytest

from kubegate.compose.endpoint_options import EndpointOptions
from kubegate.compose.webhook_policies import from_files
from kubegate.config.admission import AdmissionOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.webhook import WebhookOptions

MUTATING, VALIDATING = "MutatingAdmissionWebhook", "ValidatingAdmissionWebhook"


@pytest.mark.parametrize(
    ("enabled", "disabled", "asked"),
    [
        ([], [], set()),
        ([VALIDATING], [], {VALIDATING}),
        ([MUTATING, VALIDATING], [], {MUTATING, VALIDATING}),
        ([], [MUTATING], set()),
    ],
)
def test_webhooks_are_asked_only_where_they_are_named(enabled: list[str], disabled: list[str], asked: set[str]) -> None:
    admission = AdmissionOptions(enable_admission_plugins=enabled, disable_admission_plugins=disabled)
    policies = from_files(EndpointOptions(WebhookOptions(), AuthnOptions(), AuthzOptions(), admission))
    assert {MUTATING, VALIDATING} & set(policies.chain.names) == asked
    assert "NamespaceLifecycle" in policies.chain.names
