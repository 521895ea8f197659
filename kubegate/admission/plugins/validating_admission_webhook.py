"""ValidatingAdmissionWebhook: outside services refuse requests (see `admission.webhooks`).

Source: k8s.io/apiserver ``pkg/admission/plugin/webhook/validating``.
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.interface import Environment, Plugin
from kubegate.admission.webhooks.credentials import Credentials, WebhookAdmission, manifests_of
from kubegate.admission.webhooks.validating import ValidatingWebhooks


def _build(environment: Environment, configuration: Any) -> ValidatingWebhooks:
    return ValidatingWebhooks(environment, Credentials.of(configuration), manifests_of(configuration))


PLUGIN = Plugin("ValidatingAdmissionWebhook", _build, on_by_default=True, model=WebhookAdmission)
