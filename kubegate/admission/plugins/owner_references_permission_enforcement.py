"""OwnerReferencesPermissionEnforcement: who changes an object's owners must be allowed to delete the object; who makes it
block an owner's deletion must be allowed to set that owner's finalizers.

Source: kubernetes ``plugin/pkg/admission/gc``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kubegate.admission.interface import Cluster, Environment, Operation, Plugin, Review
from kubegate.admission.rejections import forbidden
from kubegate.admission.rest_mapping import resource_of
from kubegate.api.go import quote
from kubegate.api.status import Status
from kubegate.authz.interface import Attributes, Authorizer, Verdict

_CANNOT_DELETE = "cannot set an ownerRef on a resource you can't delete"
_CANNOT_FINALIZE = "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on"


class OwnerReferencesPermissionEnforcement:
    """Judges writes that change metadata.ownerReferences."""

    def __init__(self, cluster: Cluster, authorizer: Authorizer) -> None:
        self._cluster = cluster
        self._authorizer = authorizer

    def validate(self, review: Review) -> Status | None:
        if review.operation not in (Operation.CREATE, Operation.UPDATE):
            return None
        if review.resource[::2] == ("", "pods") and review.subresource == "status":
            return None
        new, old = _owners(review.object), _owners(review.old_object)
        if new == old:
            return None
        if review.operation is not Operation.CREATE:
            verdict = self._authorizer.authorize(_deletion(review))
            if not verdict.allowed:
                return forbidden(review, f"{_CANNOT_DELETE}: {_reason(verdict)}")
        return self._judge_blocking(review, _newly_blocking(new, old))

    def _judge_blocking(self, review: Review, references: list[dict[str, Any]]) -> Status | None:
        anything = Attributes(
            review.user, "update", group="*", version="*", resource="*", subresource="finalizers", name="*"
        )
        if not references or self._authorizer.authorize(anything).allowed:
            return None
        for reference in references:
            api_version, kind = reference.get("apiVersion") or "", reference.get("kind") or ""
            mapping = resource_of(api_version, kind, self._cluster)
            if mapping is None:
                return forbidden(
                    review,
                    "cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion "
                    f"{api_version} Kind {kind}: no matches for kind {quote(kind)} in version {quote(api_version)}",
                )
            asked = replace(
                anything,
                group=mapping.resource.group,
                version=mapping.resource.version,
                resource=mapping.resource.resource,
                name=reference.get("name") or "",
                namespace=review.namespace if mapping.namespaced else "",
            )
            verdict = self._authorizer.authorize(asked)
            if not verdict.allowed:
                return forbidden(review, f"{_CANNOT_FINALIZE}: {_reason(verdict)}")
        return None


def _owners(obj: dict[str, Any] | None) -> list[dict[str, Any]]:
    return ((obj or {}).get("metadata") or {}).get("ownerReferences") or []


def _newly_blocking(new: list[dict[str, Any]], old: list[dict[str, Any]]) -> list[dict[str, Any]]:
    blocked_before = {reference.get("uid") for reference in old if reference.get("blockOwnerDeletion")}
    return [r for r in new if r.get("blockOwnerDeletion") and r.get("uid") not in blocked_before]


def _deletion(review: Review) -> Attributes:
    resource = review.resource
    return Attributes(
        review.user,
        "delete",
        group=resource.group,
        version=resource.version,
        resource=resource.resource,
        subresource=review.subresource,
        namespace=review.namespace,
        name=review.name,
    )


def _reason(verdict: Verdict) -> str:
    """The reason and the error, as the server prints them one after the other."""
    return f"{verdict.reason}, {', '.join(verdict.errors) or '<nil>'}"


def _build(environment: Environment, configuration: Any) -> OwnerReferencesPermissionEnforcement:
    return OwnerReferencesPermissionEnforcement(environment.cluster, environment.authorizer)


PLUGIN = Plugin("OwnerReferencesPermissionEnforcement", _build)
