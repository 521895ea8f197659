"""What policies are not about: reviews that change nothing, and (unless they come from files) policies themselves.

Source: k8s.io/apiserver ``pkg/admission/plugin/policy/generic/plugin.go``; kubernetes
``pkg/kubeapiserver/admission/exclusion/resources.go``.
"""

from __future__ import annotations

from kubegate.admission.interface import Review

_POLICIES = frozenset(
    f"{name}.admissionregistration.k8s.io"
    for name in (
        "validatingadmissionpolicies",
        "validatingadmissionpolicybindings",
        "mutatingadmissionpolicies",
        "mutatingadmissionpolicybindings",
    )
)
_REVIEWS = frozenset(
    (
        "selfsubjectreviews.authentication.k8s.io",
        "tokenreviews.authentication.k8s.io",
        "localsubjectaccessreviews.authorization.k8s.io",
        "selfsubjectaccessreviews.authorization.k8s.io",
        "selfsubjectrulesreviews.authorization.k8s.io",
        "subjectaccessreviews.authorization.k8s.io",
    )
)


def is_exempt(review: Review) -> bool:
    """True if policies of the API do not look at the request."""
    return review.resource.qualified in _POLICIES or review.resource.qualified in _REVIEWS


def is_for_static_only(review: Review) -> bool:
    """True if policies from files are the only ones that look at it: what the API holds must not lock itself out."""
    return review.resource.qualified in _POLICIES
