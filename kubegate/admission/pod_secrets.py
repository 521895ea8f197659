"""Which Secrets a pod spec names.

Source: kubernetes ``pkg/api/v1/pod`` ``VisitPodSecretNames``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubegate.admission.pods import containers

# volume type -> fields whose ``name`` is a Secret's
_REFERENCES = {
    "cephfs": ("secretRef",),
    "cinder": ("secretRef",),
    "flexVolume": ("secretRef",),
    "rbd": ("secretRef",),
    "scaleIO": ("secretRef",),
    "iscsi": ("secretRef",),
    "storageos": ("secretRef",),
    "csi": ("nodePublishSecretRef",),
}


def secret_names(spec: dict[str, Any]) -> Iterator[str]:
    """The names of all Secrets: pull secrets, environment, volumes."""
    for reference in spec.get("imagePullSecrets") or ():
        yield reference.get("name") or ""
    for container in containers(spec):
        yield from _of_environment(container)
    for volume in spec.get("volumes") or ():
        yield from _of_volume(volume)


def references_secret(spec: dict[str, Any]) -> bool:
    """True if a Secret is named anywhere."""
    return any(True for _ in secret_names(spec))


def _of_environment(container: dict[str, Any]) -> Iterator[str]:
    for source in container.get("envFrom") or ():
        if source.get("secretRef") is not None:
            yield source["secretRef"].get("name") or ""
    for variable in container.get("env") or ():
        reference = (variable.get("valueFrom") or {}).get("secretKeyRef")
        if reference is not None:
            yield reference.get("name") or ""


def _of_volume(volume: dict[str, Any]) -> Iterator[str]:
    if (volume.get("azureFile") or {}).get("secretName"):
        yield volume["azureFile"]["secretName"]
    if volume.get("secret") is not None:
        yield volume["secret"].get("secretName") or ""
    for source in (volume.get("projected") or {}).get("sources") or ():
        if source.get("secret") is not None:
            yield source["secret"].get("name") or ""
    for kind, fields in _REFERENCES.items():
        for field in fields:
            reference = (volume.get(kind) or {}).get(field)
            if reference is not None:
                yield reference.get("name") or ""
