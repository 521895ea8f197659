"""Which object of the state a refusal comes from: read off the plugin and its message.

The messages are the server's, and name what decided; where they do not, the object that configures the plugin is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubegate.api.names import Object
from kubegate.bundle.state import ClusterState

_ADMISSION = "admissionregistration.k8s.io"
_IN_MESSAGE = (
    # plugin, pattern of the name in the message, group, kind, in the namespace of the object
    ("ResourceQuota", r"quota: ([^,: ]+)", "", "ResourceQuota", True),
    ("ValidatingAdmissionPolicy", r"ValidatingAdmissionPolicy '([^']+)'", _ADMISSION, "ValidatingAdmissionPolicy", False),
    ("MutatingAdmissionPolicy", r"policy '([^']+)'", _ADMISSION, "MutatingAdmissionPolicy", False),
    ("Priority", r"PriorityClass (\S+) is already", "scheduling.k8s.io", "PriorityClass", False),
    ("ServiceAccount", r"service account (\S+) does not reference", "", "ServiceAccount", True),
)
_BY_NAMESPACE = frozenset({"PodSecurity", "PodNodeSelector", "PodTolerationRestriction", "NamespaceLifecycle"})
_WEBHOOKS = {
    "ValidatingAdmissionWebhook": "ValidatingWebhookConfiguration",
    "MutatingAdmissionWebhook": "MutatingWebhookConfiguration",
}


def deciding_objects(
    plugin: str, message: str, namespace: str, obj: Object, state: ClusterState
) -> Iterator[tuple[Object, str]]:
    """(object, path in it) of what decided; nothing if it cannot be told."""
    for name, pattern, group, kind, namespaced in _IN_MESSAGE:
        match = re.search(pattern, message) if name == plugin else None
        found = state.get(group, kind, namespace if namespaced else "", match[1]) if match else None
        if found is not None:
            yield found, _rule(found, message)
    if plugin in _BY_NAMESPACE:
        found = state.get("", "Namespace", "", namespace)
        if found is not None:
            yield found, ""
    elif plugin == "LimitRanger":
        ranges = [item for item in state.of_kind("", "LimitRange") if item["metadata"].get("namespace") == namespace]
        yield from ((item, "") for item in ranges)
    elif plugin == "RuntimeClass":
        name = (obj.get("spec") or {}).get("runtimeClassName") or ""
        found = state.get("node.k8s.io", "RuntimeClass", "", name)
        if found is not None:
            yield found, ""
    elif plugin in _WEBHOOKS:
        yield from _webhook(_WEBHOOKS[plugin], message, state)


def _rule(policy: Object, message: str) -> str:
    """Which validation of a policy it was, by what it says; "" if that cannot be told."""
    for index, rule in enumerate((policy.get("spec") or {}).get("validations") or ()):
        said = (rule.get("message") or "").strip() or f"failed expression: {(rule.get('expression') or '').strip()}"
        if message.endswith(f" denied request: {said}"):
            return f"spec.validations[{index}]"
    return ""


def _webhook(kind: str, message: str, state: ClusterState) -> Iterator[tuple[Object, str]]:
    match = re.search(r'webhook "([^"]+)"', message)
    for configuration in state.of_kind(_ADMISSION, kind) if match else ():
        for index, webhook in enumerate(configuration.get("webhooks") or ()):
            if match and webhook.get("name") == match[1]:
                yield configuration, f"webhooks[{index}]"
