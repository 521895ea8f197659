"""Which evaluator measures which resource."""

from __future__ import annotations

from functools import lru_cache

from kubegate.admission.quota.claims import Claims
from kubegate.admission.quota.evaluator import Evaluator, ObjectCount
from kubegate.admission.quota.pods import Pods
from kubegate.admission.quota.resource_claims import ResourceClaims
from kubegate.admission.quota.services import Services

IGNORED = frozenset(
    {
        "bindings",
        "componentstatuses",
        "events",
        "events.events.k8s.io",
        "tokenreviews.authentication.k8s.io",
        "selfsubjectreviews.authentication.k8s.io",
        "subjectaccessreviews.authorization.k8s.io",
        "selfsubjectaccessreviews.authorization.k8s.io",
        "localsubjectaccessreviews.authorization.k8s.io",
        "selfsubjectrulesreviews.authorization.k8s.io",
    }
)
"""Resources that no quota counts: they are not stored, or never were counted."""

ALIASES = ("configmaps", "resourcequotas", "replicationcontrollers", "secrets")
"""Resources that are also counted under their plain names."""


@lru_cache(maxsize=4096)
def evaluator_of(qualified: str) -> Evaluator | None:
    """The evaluator of a resource (``pods``, ``deployments.apps``), or None if no quota counts it."""
    if qualified in IGNORED:
        return None
    match qualified:
        case "pods":
            return Pods()
        case "services":
            return Services()
        case "persistentvolumeclaims":
            return Claims()
        case "resourceclaims.resource.k8s.io":
            return ResourceClaims()
    return ObjectCount(qualified, qualified if qualified in ALIASES else "")
