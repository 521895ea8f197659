"""The pods and claims of a StatefulSet: names, numbers, identity.

Source: kubernetes ``pkg/controller/statefulset/stateful_set_utils.go``.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator

from kubegate.api.names import Object, name_of, namespace_of
from kubegate.controllers.pods import pod_from_template
from kubegate.controllers.revisions import HASH_LABEL

_NAME = re.compile(r"(.*)-([0-9]+)")
_POD_NAME, _POD_INDEX = "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"


def ordinal(pod: Object, owner: Object) -> int | None:
    """The number of one of the owner's pods; None if it is not called like one."""
    match = _NAME.fullmatch(name_of(pod))
    return int(match[2]) if match and match[1] == name_of(owner) else None


def new_pod(owner: Object, template: Object, revision: str, number: int) -> Object:
    """The pod of that number, made from a revision's template."""
    name = f"{name_of(owner)}-{number}"
    pod = pod_from_template(template, owner, name=name)
    labels = pod["metadata"].setdefault("labels", {})
    labels |= {HASH_LABEL: revision, _POD_NAME: name, _POD_INDEX: str(number)}
    spec = pod["spec"]
    spec["hostname"] = name
    spec["subdomain"] = owner["spec"].get("serviceName") or ""
    claims = {template["metadata"]["name"] for template in owner["spec"].get("volumeClaimTemplates") or ()}
    volumes = [
        {"name": claim, "persistentVolumeClaim": {"claimName": claim_name(owner, claim, number)}} for claim in sorted(claims)
    ]
    volumes += [volume for volume in spec.get("volumes") or () if volume["name"] not in claims]
    if volumes:
        spec["volumes"] = volumes
    return pod


def claim_name(owner: Object, claim: str, number: int) -> str:
    """What a pod's claim is called."""
    return f"{claim}-{name_of(owner)}-{number}"


def new_claims(owner: Object, number: int) -> Iterator[Object]:
    """The claims of the pod of that number."""
    labels = (owner["spec"].get("selector") or {}).get("matchLabels") or {}
    for template in owner["spec"].get("volumeClaimTemplates") or ():
        old = template["metadata"]
        meta = {
            **{key: copy.deepcopy(old[key]) for key in ("annotations", "finalizers") if old.get(key)},
            "name": claim_name(owner, old["name"], number),
            "namespace": namespace_of(owner),
            "labels": {**(old.get("labels") or {}), **labels},
        }
        body = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta}
        yield {**body, "spec": copy.deepcopy(template["spec"])}
