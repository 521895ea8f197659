"""ServiceAccount: every pod runs as a service account that exists, and gets its token mounted unless it declines.

The token is a projected volume (``kube-api-access-*``) at ``/var/run/secrets/kubernetes.io/serviceaccount``. An account
with the annotation ``kubernetes.io/enforce-mountable-secrets: true`` limits its pods to the secrets that it lists. Mirror
pods get nothing and may reference neither accounts nor secrets.

Source: kubernetes ``plugin/pkg/admission/serviceaccount``.
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.interface import Cluster, Environment, Operation, Plugin, Review
from kubegate.admission.pod_secrets import references_secret
from kubegate.admission.pods import containers, is_mirror, pod_spec
from kubegate.admission.rejections import forbidden
from kubegate.api.identities import RANDOM, Identities
from kubegate.api.names import annotations_of, name_of
from kubegate.api.status import Status

MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
VOLUME_PREFIX = "kube-api-access-"
ENFORCE_ANNOTATION = "kubernetes.io/enforce-mountable-secrets"
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_PREFIXES = (("initContainers", "init container"), ("containers", "container"))
_EPHEMERAL = (("ephemeralContainers", "ephemeral container"),)


class ServiceAccount:
    """Gives pods their account and token, and limits the secrets they use."""

    def __init__(self, cluster: Cluster, identities: Identities = RANDOM) -> None:
        self._cluster = cluster
        self._identities = identities

    def mutate(self, review: Review) -> Status | None:
        if not _concerns(review) or review.operation is not Operation.CREATE or review.object is None:
            return None
        if is_mirror(review.object):
            return self.validate(review)
        spec = pod_spec(review)
        if not spec.get("serviceAccountName"):
            spec["serviceAccountName"] = spec["serviceAccount"] = "default"
        account = self._account(review, spec)
        if isinstance(account, Status):
            return account
        if _automounts(spec, account):
            mount_token(spec, self._identities.suffix(review.object))
        if not spec.get("imagePullSecrets") and account.get("imagePullSecrets"):
            spec["imagePullSecrets"] = [{"name": secret.get("name") or ""} for secret in account["imagePullSecrets"]]
        return self.validate(review)

    def validate(self, review: Review) -> Status | None:
        if not _concerns(review) or review.object is None:
            return None
        ephemeral = review.operation is Operation.UPDATE and review.subresource == "ephemeralcontainers"
        if review.operation is not Operation.CREATE and not ephemeral:
            return None
        spec = pod_spec(review)
        if not ephemeral and is_mirror(review.object):
            why = _mirror_complaint(review.object)
            return forbidden(review, why) if why else None
        if not spec.get("serviceAccountName"):
            return forbidden(review, f"no service account specified for pod {review.namespace}/{name_of(review.object)}")
        account = self._account(review, spec)
        if isinstance(account, Status):
            return account
        if annotations_of(account).get(ENFORCE_ANNOTATION) not in _TRUE:
            return None
        why = _container_complaint(spec, account, _EPHEMERAL) if ephemeral else _pod_complaint(spec, account)
        return forbidden(review, why) if why else None

    def _account(self, review: Review, spec: dict[str, Any]) -> dict[str, Any] | Status:
        name = spec["serviceAccountName"]
        account = self._cluster.get("serviceaccounts", review.namespace, name)
        if account is None:
            why = f'error looking up service account {review.namespace}/{name}: serviceaccount "{name}" not found'
            return forbidden(review, why)
        return account


def _concerns(review: Review) -> bool:
    return review.resource[::2] == ("", "pods") and review.subresource in ("", "ephemeralcontainers")


def _automounts(spec: dict[str, Any], account: dict[str, Any]) -> bool:
    """The pod's own wish counts first, then the account's; the default is to mount."""
    wishes = (spec.get("automountServiceAccountToken"), account.get("automountServiceAccountToken"))
    return next((wish for wish in wishes if wish is not None), True)


def mount_token(spec: dict[str, Any], suffix: str) -> None:
    """Mount the token volume in every container that has nothing at its path; add the volume if one needs it. ``suffix``
    ends its name."""
    names = (volume.get("name") or "" for volume in spec.get("volumes") or ())
    existing = next((name for name in names if name.startswith(VOLUME_PREFIX)), "")
    volume_name = existing or VOLUME_PREFIX + suffix
    needed = False
    for container in containers(spec, "initContainers", "containers"):
        mounts = container.get("volumeMounts") or []
        if not any(mount.get("mountPath") == MOUNT_PATH for mount in mounts):
            container["volumeMounts"] = [*mounts, {"name": volume_name, "readOnly": True, "mountPath": MOUNT_PATH}]
            needed = True
    if needed and not existing:
        spec["volumes"] = [*(spec.get("volumes") or ()), {"name": volume_name, "projected": _token_source()}]


def _token_source() -> dict[str, Any]:
    namespace = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    return {
        "sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
            {"downwardAPI": {"items": [namespace]}},
        ],
        "defaultMode": 420,
    }


def _mirror_complaint(pod: dict[str, Any]) -> str:
    spec = pod.get("spec") or {}
    if spec.get("serviceAccountName"):
        return "a mirror pod may not reference service accounts"
    if references_secret(spec):
        return "a mirror pod may not reference secrets"
    for volume in spec.get("volumes") or ():
        for source in (volume.get("projected") or {}).get("sources") or ():
            if source.get("serviceAccountToken") is not None:
                return "a mirror pod may not use ServiceAccountToken volume projections"
    return ""


def _pod_complaint(spec: dict[str, Any], account: dict[str, Any]) -> str:
    mountable = {secret.get("name") or "" for secret in account.get("secrets") or ()}
    for volume in spec.get("volumes") or ():
        if volume.get("secret") is None:
            continue
        name = volume["secret"].get("secretName") or ""
        if name not in mountable:
            return f'volume with secret.secretName="{name}" is not allowed because service account {_not_listed(account)}'
    why = _container_complaint(spec, account, _PREFIXES)
    if why:
        return why
    pullable = {secret.get("name") or "" for secret in account.get("imagePullSecrets") or ()}
    for index, secret in enumerate(spec.get("imagePullSecrets") or ()):
        name = secret.get("name") or ""
        if name not in pullable:
            return (
                f'imagePullSecrets[{index}].name="{name}" is not allowed because service account {name_of(account)} '
                "does not reference that imagePullSecret"
            )
    return ""


def _container_complaint(spec: dict[str, Any], account: dict[str, Any], fields: tuple[tuple[str, str], ...]) -> str:
    mountable = {secret.get("name") or "" for secret in account.get("secrets") or ()}
    for field, prefix in fields:
        for container in spec.get(field) or ():
            for how, secret in _environment_secrets(container):
                if secret not in mountable:
                    return (
                        f'{prefix} {container.get("name") or ""} with {how} referencing secret.secretName="{secret}" '
                        f"is not allowed because service account {_not_listed(account)}"
                    )
    return ""


def _environment_secrets(container: dict[str, Any]) -> list[tuple[str, str]]:
    found = []
    for variable in container.get("env") or ():
        reference = (variable.get("valueFrom") or {}).get("secretKeyRef")
        if reference is not None:
            found.append((f"envVar {variable.get('name') or ''}", reference.get("name") or ""))
    for source in container.get("envFrom") or ():
        if source.get("secretRef") is not None:
            found.append(("envFrom", source["secretRef"].get("name") or ""))
    return found


def _not_listed(account: dict[str, Any]) -> str:
    return f"{name_of(account)} does not reference that secret"


def _build(environment: Environment, configuration: Any) -> ServiceAccount:
    return ServiceAccount(environment.cluster, environment.identities)


PLUGIN = Plugin("ServiceAccount", _build, on_by_default=True)
