"""What a pod or a persistent volume refers to.

Source: kubernetes ``pkg/api/v1/pod`` (VisitPodSecretNames, VisitPodConfigmapNames), ``pkg/api/v1/persistentvolume``,
``k8s.io/dynamic-resource-allocation/resourceclaim``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from kubegate.api.names import Object, annotations_of, name_of, namespace_of

MIRROR_ANNOTATION = "kubernetes.io/config.mirror"


class Ref(NamedTuple):
    """An object by resource name, namespace ("" for cluster-scoped ones) and name."""

    resource: str
    namespace: str
    name: str


def pod_references(pod: Object) -> Iterator[Ref]:
    """What the kubelet needs to run the pod; nothing for a mirror pod, which a node makes itself."""
    if MIRROR_ANNOTATION in annotations_of(pod):
        return
    namespace = namespace_of(pod)
    spec: Mapping[str, Any] = pod.get("spec") or {}
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        yield Ref("serviceaccounts", namespace, account)
    for resource, name in (*_from_spec(spec), *_claims(pod, spec)):
        if name:
            yield Ref(resource, namespace, name)


def _from_spec(spec: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for secret in spec.get("imagePullSecrets") or ():
        yield "secrets", secret.get("name")
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        for container in spec.get(kind) or ():
            yield from _environment(container)
    for volume in spec.get("volumes") or ():
        yield from _volume(volume)


def _environment(container: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for source in container.get("envFrom") or ():
        yield "secrets", (source.get("secretRef") or {}).get("name")
        yield "configmaps", (source.get("configMapRef") or {}).get("name")
    for variable in container.get("env") or ():
        source = variable.get("valueFrom") or {}
        yield "secrets", (source.get("secretKeyRef") or {}).get("name")
        yield "configmaps", (source.get("configMapKeyRef") or {}).get("name")


def _volume(volume: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for source in ("azureFile", "secret"):
        yield "secrets", (volume.get(source) or {}).get("secretName")
    for source in ("cephfs", "cinder", "flexVolume", "rbd", "scaleIO", "iscsi", "storageos"):
        yield "secrets", ((volume.get(source) or {}).get("secretRef") or {}).get("name")
    yield "secrets", ((volume.get("csi") or {}).get("nodePublishSecretRef") or {}).get("name")
    yield "configmaps", (volume.get("configMap") or {}).get("name")
    for source in (volume.get("projected") or {}).get("sources") or ():
        yield "secrets", (source.get("secret") or {}).get("name")
        yield "configmaps", (source.get("configMap") or {}).get("name")


def _claims(pod: Object, spec: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for volume in spec.get("volumes") or ():
        if volume.get("persistentVolumeClaim") is not None:
            yield "persistentvolumeclaims", volume["persistentVolumeClaim"].get("claimName")
        elif volume.get("ephemeral") is not None:
            yield "persistentvolumeclaims", f"{name_of(pod)}-{volume.get('name')}"
    status: Mapping[str, Any] = pod.get("status") or {}
    made = {entry.get("name"): entry.get("resourceClaimName") for entry in status.get("resourceClaimStatuses") or ()}
    for claim in spec.get("resourceClaims") or ():
        if claim.get("resourceClaimName") is not None:
            yield "resourceclaims", claim["resourceClaimName"]
        elif claim.get("resourceClaimTemplateName") is not None:
            yield "resourceclaims", made.get(claim.get("name"))
    yield "resourceclaims", (status.get("extendedResourceClaimStatus") or {}).get("resourceClaimName")


def volume_claim(volume: Object) -> Ref | None:
    """The claim that a persistent volume is bound to."""
    claim = (volume.get("spec") or {}).get("claimRef")
    if claim is None:
        return None
    return Ref("persistentvolumeclaims", claim.get("namespace") or "", claim.get("name") or "")


def volume_secrets(volume: Object) -> Iterator[Ref]:
    """The secrets that a kubelet needs to mount a bound volume (not those of the controller's side)."""
    spec: Mapping[str, Any] = volume.get("spec") or {}
    own = (spec.get("claimRef") or {}).get("namespace") or ""
    azure = spec.get("azureFile") or {}
    found = [(azure.get("secretNamespace") or own, azure.get("secretName"))]
    for source in ("cephfs", "flexVolume", "rbd", "scaleIO", "iscsi"):
        secret = (spec.get(source) or {}).get("secretRef") or {}
        found.append((secret.get("namespace") or own, secret.get("name")))
    for source in ("cinder", "storageos"):
        secret = (spec.get(source) or {}).get("secretRef") or {}
        found.append((secret.get("namespace") or "", secret.get("name")))
    for use in ("nodePublishSecretRef", "nodeStageSecretRef", "nodeExpandSecretRef"):
        secret = (spec.get("csi") or {}).get(use) or {}
        found.append((secret.get("namespace") or "", secret.get("name")))
    return (Ref("secrets", namespace, name) for namespace, name in found if name)
