"""Who owns the claims of a StatefulSet's pods, and so deletes them: nobody, the StatefulSet, or a pod that is one too many.

The garbage collector deletes a claim whose owner is gone. Source: ``persistentVolumeClaimRetentionPolicy`` in kubernetes
``pkg/controller/statefulset/stateful_set_utils.go``.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.api.names import Object, name_of, namespace_of
from kubegate.controllers.interface import Context, controller_of
from kubegate.controllers.pods import owner_reference
from kubegate.controllers.stateful_pods import claim_name

_CLAIMS = "persistentvolumeclaims"


def keep_policy(context: Context, owner: Object, number: int, pod: Object, *, wanted: bool) -> None:
    """Make the pod's claims owned as the policy says; ``wanted``: the StatefulSet still asks for a pod of this number."""
    for claim in _claims(context, owner, number):
        references = _owners(owner, pod, claim, wanted=wanted)
        if references == (claim["metadata"].get("ownerReferences") or []):
            continue
        meta = {key: value for key, value in claim["metadata"].items() if key != "ownerReferences"}
        if references:
            meta["ownerReferences"] = references
        path = f"/api/v1/namespaces/{namespace_of(owner)}/{_CLAIMS}/{name_of(claim)}"
        context.client.update(path, {**claim, "metadata": meta})


def waits_for_claims(context: Context, owner: Object, number: int) -> bool:
    """Do claims of that number belong to an earlier pod, and so are about to go?"""
    pod = context.get("pods", namespace_of(owner), f"{name_of(owner)}-{number}")
    uid = pod["metadata"]["uid"] if pod is not None else ""
    owners = [controller_of(claim) for claim in _claims(context, owner, number)]
    return any(found is not None and found["kind"] == "Pod" and found["uid"] != uid for found in owners)


def _claims(context: Context, owner: Object, number: int) -> Iterator[Object]:
    for template in owner["spec"].get("volumeClaimTemplates") or ():
        name = claim_name(owner, template["metadata"]["name"], number)
        if (claim := context.get(_CLAIMS, namespace_of(owner), name)) is not None:
            yield claim


def _owners(owner: Object, pod: Object, claim: Object, *, wanted: bool) -> list[Object]:
    ours = {owner["metadata"]["uid"], pod["metadata"]["uid"]}
    others = [item for item in claim["metadata"].get("ownerReferences") or () if item.get("uid") not in ours]
    if any(item.get("controller") for item in others):
        return others
    policy = owner["spec"].get("persistentVolumeClaimRetentionPolicy") or {}
    if policy.get("whenScaled") == "Delete" and not wanted:
        return [*others, owner_reference(pod)]
    return [*others, owner_reference(owner)] if policy.get("whenDeleted") == "Delete" else others
