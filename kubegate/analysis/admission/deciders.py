"""Which object of the state a refusal comes from: what the plugin says, or else its message.

The messages are the server's, and name what decided; where they do not, the object that configures the plugin is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from kubegate.admission.interface import Rule
from kubegate.api.names import Object
from kubegate.bundle.state import ClusterState

_ADMISSION = "admissionregistration.k8s.io"
_IN_MESSAGE = (
    # plugin, pattern of the name in the message, group, kind, in the namespace of the object
    ("Priority", r"PriorityClass (\S+) is already", "scheduling.k8s.io", "PriorityClass", False),
    ("ServiceAccount", r"service account (\S+) does not reference", "", "ServiceAccount", True),
)
_BY_NAMESPACE = frozenset({"PodNodeSelector", "PodTolerationRestriction", "NamespaceLifecycle"})
_WEBHOOKS = {
    "ValidatingAdmissionWebhook": "ValidatingWebhookConfiguration",
    "MutatingAdmissionWebhook": "MutatingWebhookConfiguration",
}


Steps: TypeAlias = tuple[str | int, ...]


def deciding_objects(
    plugin: str, message: str, rule: Rule | None, namespace: str, obj: Object, state: ClusterState
) -> Iterator[tuple[Object, Steps]]:
    """(object, way to the part of it) of what decided; nothing if it cannot be told."""
    if rule is not None:
        found = state.get(rule.group, rule.kind, rule.namespace, rule.name)
        if found is not None:
            yield found, rule.steps
    for name, pattern, group, kind, namespaced in _IN_MESSAGE:
        match = re.search(pattern, message) if name == plugin else None
        found = state.get(group, kind, namespace if namespaced else "", match[1]) if match else None
        if found is not None:
            yield found, ()
    if plugin in _BY_NAMESPACE:
        found = state.get("", "Namespace", "", namespace)
        if found is not None:
            yield found, ()
    elif plugin == "RuntimeClass":
        name = (obj.get("spec") or {}).get("runtimeClassName") or ""
        found = state.get("node.k8s.io", "RuntimeClass", "", name)
        if found is not None:
            yield found, ()
    elif plugin in _WEBHOOKS:
        yield from _webhook(_WEBHOOKS[plugin], message, state)


def _webhook(kind: str, message: str, state: ClusterState) -> Iterator[tuple[Object, Steps]]:
    match = re.search(r'webhook "([^"]+)"', message)
    for configuration in state.of_kind(_ADMISSION, kind) if match else ():
        for index, webhook in enumerate(configuration.get("webhooks") or ()):
            if match and webhook.get("name") == match[1]:
                yield configuration, ("webhooks", index)
