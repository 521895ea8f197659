"""MutatingAdmissionWebhook: outside services change requests (see `admission.webhooks`).

Source: k8s.io/apiserver ``pkg/admission/plugin/webhook/mutating``.
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.interface import Environment, Plugin
from kubegate.admission.webhooks.credentials import Credentials, WebhookAdmission, manifests_of
from kubegate.admission.webhooks.mutating import MutatingWebhooks


def _build(environment: Environment, configuration: Any) -> MutatingWebhooks:
    return MutatingWebhooks(environment, Credentials.of(configuration), manifests_of(configuration))


PLUGIN = Plugin("MutatingAdmissionWebhook", _build, on_by_default=True, model=WebhookAdmission)
