"""Security contexts: the container's own settings, and those it has from its pod."""

from __future__ import annotations

from typing import Any

INHERITED = ("runAsUser", "runAsGroup", "runAsNonRoot", "seLinuxOptions")
"""What a container has from its pod if it does not say itself."""

Settings = dict[str, Any]


def pod_context(pod: Settings) -> Settings:
    """The pod's security context, or an empty one."""
    return (pod.get("spec") or {}).get("securityContext") or {}


def effective(pod: Settings, container: Settings, field: str) -> Any:
    """A container's setting, None if neither it nor its pod has any."""
    own = (container.get("securityContext") or {}).get(field)
    if own is None and field in INHERITED:
        return pod_context(pod).get(field)
    return own


def settle(owner: Settings, field: str, value: Any) -> None:
    """Set a field of the owner's security context (pod spec or container); None leaves it alone."""
    if value is not None:
        if not owner.get("securityContext"):
            owner["securityContext"] = {}
        owner["securityContext"][field] = value


def rule_of(strategy: Settings | None) -> str:
    """MustRunAs, MayRunAs, MustRunAsNonRoot or RunAsAny."""
    return (strategy or {}).get("rule") or "RunAsAny"
