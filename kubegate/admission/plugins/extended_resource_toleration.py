"""ExtendedResourceToleration: a pod that asks for an extended resource tolerates the taint of that name.

So nodes with, say, GPUs can be tainted with the resource's name and kept for the pods that need them.

Source: kubernetes ``plugin/pkg/admission/extendedresourcetoleration``.
"""

from __future__ import annotations

import re
from typing import Any

from kubegate.admission.interface import Environment, Operation, Plugin, Review
from kubegate.admission.pods import containers, is_pod_write, pod_spec
from kubegate.api.status import Status

_DOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\Z", re.ASCII)
_NAME = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\Z", re.ASCII)


class ExtendedResourceToleration:
    """Adds ``{key: RESOURCE, operator: Exists, effect: NoSchedule}`` for each extended resource, ordered by name."""

    def mutate(self, review: Review) -> Status | None:
        if not is_pod_write(review, Operation.CREATE, Operation.UPDATE):
            return None
        spec = pod_spec(review)
        names: set[str] = set()
        for container in containers(spec, "containers", "initContainers"):
            names.update(filter(is_extended_resource, (container.get("resources") or {}).get("requests") or ()))
        for name in sorted(names):
            _tolerate(spec, {"key": name, "operator": "Exists", "effect": "NoSchedule"})
        return None


def is_extended_resource(name: str) -> bool:
    """True for names outside of Kubernetes' own domains that can be used in a quota as ``requests.NAME``."""
    if "/" not in name or "kubernetes.io/" in name or name.startswith("requests."):
        return False
    domain, _, rest = f"requests.{name}".partition("/")
    return len(domain) <= 253 and bool(_DOMAIN.match(domain)) and len(rest) <= 63 and bool(_NAME.match(rest))


def _tolerate(spec: dict[str, Any], toleration: dict[str, Any]) -> None:
    present = spec.get("tolerations") or []
    kept = [toleration if _same(t, toleration) else t for t in present]
    spec["tolerations"] = kept if any(t is toleration for t in kept) else [*present, toleration]


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all((one.get(key) or "") == (other.get(key) or "") for key in ("key", "operator", "value", "effect"))


def _build(environment: Environment, configuration: Any) -> ExtendedResourceToleration:
    return ExtendedResourceToleration()


PLUGIN = Plugin("ExtendedResourceToleration", _build)
