"""PodSecurityPolicy: a pod must pass a policy that its author, or its service account, may ``use``.

Policies are tried by name. One that changes nothing is preferred; else the first that admits the pod fills in its defaults.
Source: kubernetes v1.24 ``plugin/pkg/admission/security/podsecuritypolicy``.
"""

from __future__ import annotations

import copy

from kubegate.admission.interface import Cluster, Environment, Operation, Plugin, Review
from kubegate.admission.pod_security_policy.definition import RESOURCE
from kubegate.admission.pod_security_policy.provider import check, fill_in, is_sound
from kubegate.admission.pods import is_pod_write
from kubegate.admission.rejections import forbidden
from kubegate.api.field_errors import FieldError
from kubegate.api.names import Object, metadata, name_of
from kubegate.api.status import Status
from kubegate.api.user import User, service_account_groups, service_account_name
from kubegate.authz.interface import Attributes, Authorizer

ANNOTATION = "kubernetes.io/psp"
AUDIT = "podsecuritypolicy.policy.k8s.io"
GROUPS = ("policy", "extensions")
"""Roles may grant ``use`` in either."""
_NONE = "PodSecurityPolicy: no providers available to validate pod request"


class PodSecurityPolicy:
    """The plugin."""

    def __init__(self, cluster: Cluster, authorizer: Authorizer) -> None:
        self._cluster = cluster
        self._authorizer = authorizer

    def mutate(self, review: Review) -> Status | None:
        """Fill in what the policy defaults: of new pods and new ephemeral containers."""
        ephemeral = _adds_ephemeral(review)
        if not (ephemeral or is_pod_write(review, Operation.CREATE)) or review.object is None:
            return None
        hint = _validated_by(review.object) if ephemeral else ""
        if not (policies := self._policies()):
            return forbidden(review, _NONE)
        allowed, policy, errors = self._settle(review, review.object, policies, hint, may_change=True)
        if allowed is None:
            return forbidden(review, f"PodSecurityPolicy: unable to admit pod: {_listed(errors)}")
        review.object.clear()
        review.object.update(allowed)
        if not ephemeral:
            meta = metadata(review.object)
            meta["annotations"] = {**(meta.get("annotations") or {}), ANNOTATION: policy}
        review.annotate(f"{AUDIT}/admit-policy", policy)
        return None

    def validate(self, review: Review) -> Status | None:
        """What later plugins made of the pod must still pass, as it is."""
        judged = _adds_ephemeral(review) or is_pod_write(review, Operation.CREATE, Operation.UPDATE)
        if not judged or review.object is None:
            return None
        if review.operation is Operation.UPDATE and _only_collection(review.object, review.old_object or {}):
            return None
        if not (policies := self._policies()):
            return forbidden(review, _NONE)
        hint = _validated_by(review.object)
        allowed, policy, errors = self._settle(review, review.object, policies, hint, may_change=False)
        if allowed is None:
            return forbidden(review, f"PodSecurityPolicy: unable to validate pod: {_listed(errors)}")
        review.annotate(f"{AUDIT}/validate-policy", policy)
        return None

    def _policies(self) -> list[Object]:
        return [policy for policy in self._cluster.list(RESOURCE) if is_sound(policy)]

    def _settle(
        self, review: Review, pod: Object, policies: list[Object], hint: str, *, may_change: bool
    ) -> tuple[Object | None, str, list[FieldError]]:
        """(the pod as admitted or None, by which policy, else why not)."""
        changed: tuple[Object, str] | None = None
        errors: list[FieldError] = []
        for policy in sorted(policies, key=lambda policy: (name_of(policy) != hint, name_of(policy))):
            name, tried = name_of(policy), copy.deepcopy(pod)
            fill_in(policy, tried)
            found = check(policy, tried)
            useless = not found and tried != pod and (changed is not None or not may_change)
            if useless or not self._may_use(review, pod, name):
                continue
            if found:
                errors += found
            elif tried == pod:
                return tried, name, []
            else:
                changed = tried, name
        return (*changed, []) if changed else (None, "", errors)

    def _may_use(self, review: Review, pod: Object, name: str) -> bool:
        account = (pod.get("spec") or {}).get("serviceAccountName") or ""
        users = [review.user]
        if account:
            named = service_account_name(review.namespace, account)
            users.append(User.of(named, [*service_account_groups(review.namespace)]))
        return any(self._allows(user, group, name, review.namespace) for user in users for group in GROUPS)

    def _allows(self, user: User, group: str, name: str, namespace: str) -> bool:
        asked = Attributes(
            user, "use", group=group, version="*", resource="podsecuritypolicies", name=name, namespace=namespace
        )
        return self._authorizer.authorize(asked).allowed


def _adds_ephemeral(review: Review) -> bool:
    return review.is_for("pods", Operation.UPDATE, subresource="ephemeralcontainers")


def _validated_by(pod: Object) -> str:
    return (metadata(pod).get("annotations") or {}).get(ANNOTATION) or ""


def _only_collection(new: Object, old: Object) -> bool:
    """True if nothing but finalizers and owners changed: the garbage collector must not be held up."""

    def rest(obj: Object) -> Object:
        meta = {key: value for key, value in metadata(obj).items() if key not in _COLLECTED}
        return {**obj, "metadata": meta}

    return rest(new) == rest(old)


_COLLECTED = frozenset({"finalizers", "ownerReferences", "managedFields", "resourceVersion", "generation"})


def _listed(errors: list[FieldError]) -> str:
    return "[" + " ".join(map(str, errors)) + "]"


def _build(environment: Environment, configuration: object) -> PodSecurityPolicy:
    return PodSecurityPolicy(environment.cluster, environment.authorizer)


PLUGIN = Plugin("PodSecurityPolicy", _build)
