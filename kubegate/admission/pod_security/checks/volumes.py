"""Restricted pods use only volume types that come from the cluster's own objects or from claims."""

from __future__ import annotations

from typing import Any

from kubegate.admission.pod_security.check import Check, Metadata, Spec, Violation, plural, quoted
from kubegate.admission.pod_security.levels import Level

ALLOWED = (
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
)
RESTRICTED = [
    "hostPath",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "gitRepo",
    "nfs",
    "iscsi",
    "glusterfs",
    "rbd",
    "flexVolume",
    "cinder",
    "cephfs",
    "flocker",
    "fc",
    "azureFile",
    "vsphereVolume",
    "quobyte",
    "azureDisk",
    "photonPersistentDisk",
    "portworxVolume",
    "scaleIO",
    "storageos",
]


def _kind(volume: dict[str, Any]) -> str:
    # Types that came later are called unknown.
    return next((kind for kind in RESTRICTED if volume.get(kind) is not None), "unknown")


def _restricted(metadata: Metadata, spec: Spec) -> Violation | None:
    volumes = spec.get("volumes") or ()
    bad = [volume for volume in volumes if not any(volume.get(kind) is not None for kind in ALLOWED)]
    if not bad:
        return None
    kinds = sorted({_kind(volume) for volume in bad})
    names = quoted(volume.get("name") or "" for volume in bad)
    verb = "uses" if len(bad) == 1 else "use"
    what = plural("restricted volume type", len(kinds))
    return Violation("restricted volume types", f"{plural('volume', len(bad))} {names} {verb} {what} {quoted(kinds)}")


CHECKS = (Check("restrictedVolumes", Level.RESTRICTED, ((0, _restricted),), overrides=("hostPathVolumes",)),)
