"""Becoming somebody by a client certificate: requested, approved by oneself, signed by the cluster's controller."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import lru_cache

from kubegate.admission.interface import Operation
from kubegate.analysis.admission.request import Request
from kubegate.analysis.escalation.model import BOUND, NODE, NODE_USER, Step, Write, asked, label
from kubegate.analysis.escalation.powers import CERTIFICATES
from kubegate.analysis.escalation.world import World
from kubegate.analysis.matrix.subjects import Who
from kubegate.api.names import Object
from kubegate.api.user import AUTHENTICATED, NODES, service_account_name

SIGNER = "kubernetes.io/kube-apiserver-client"
NODE_SIGNER = "kubernetes.io/kube-apiserver-client-kubelet"
_ANYBODY = "somebody"
_API = f"{CERTIFICATES}/v1"


def steps(world: World, who: Who, other: Who) -> Iterator[Step]:
    """Request, approve (which needs the right to the signer too), and fetch it; of nodes, the controller approves if one
    may create ``nodeclient``."""
    if other.kind in (BOUND, NODE):
        return
    user, resource, text = world.user(who), "certificatesigningrequests", f"makes itself a certificate of {label(other)}"
    create = asked(user, "create", resource, group=CERTIFICATES)
    # Whoever may read, or approve by a patch, is shown the certificate by and by.
    reads = [asked(user, verb, resource, group=CERTIFICATES) for verb in ("get", "list", "watch")]
    signers = [SIGNER, NODE_SIGNER] if other.kind == NODE_USER else [SIGNER]
    for signer in signers:
        for verb in ("update", "patch"):
            approve = asked(user, verb, resource, group=CERTIFICATES, subresource="approval")
            sign = asked(user, "approve", "signers", group=CERTIFICATES, name=signer)
            for read in reads:
                yield Step(text, (create, read, approve, sign), lambda signer=signer: [_writes(world, other, signer)], other)  # type: ignore[misc]
    if other.kind == NODE_USER:
        own = asked(user, "create", resource, group=CERTIFICATES, subresource="nodeclient")
        for read in reads:
            text = f"is given the certificate of a kubelet, {label(other)}"
            yield Step(text, (create, own, read), lambda: [_writes(world, other, NODE_SIGNER)[:1]], other)


def _writes(world: World, other: Who, signer: str) -> list[Write]:
    """The request, and its approval."""
    asks = _object(*_subject(world, other), signer)
    if world.trial is None:
        return [asks]
    condition = {"type": "Approved", "status": "True", "reason": "Escalation", "message": "approved by the requester"}
    approved = {**asks, "status": {"conditions": [condition]}}
    resource = world.trial.resource("CertificateSigningRequest", _API)
    return [asks, Request(Operation.UPDATE, resource, "", "escalation", "approval", approved)]


def _subject(world: World, other: Who) -> tuple[str, tuple[str, ...]]:
    """Common name and organizations."""
    if other.kind == "Group":
        return _ANYBODY, (other.name,)
    if other.kind == "ServiceAccount":
        groups = ("system:serviceaccounts", f"system:serviceaccounts:{other.namespace}")
        return service_account_name(other.namespace, other.name), groups
    if other.kind == NODE_USER:
        return world.user(other).name, (NODES,)
    return other.name, tuple(group for group in world.user(other).groups if group != AUTHENTICATED)


def _object(name: str, organizations: tuple[str, ...], signer: str) -> Object:
    usages = ["client auth"] if signer == SIGNER else ["digital signature", "client auth"]
    spec = {"request": _pem(name, organizations), "signerName": signer, "usages": usages}
    return {
        "apiVersion": _API,
        "kind": "CertificateSigningRequest",
        "metadata": {"name": "escalation"},
        "spec": spec,
    }


@lru_cache(maxsize=4096)
def _pem(name: str, organizations: tuple[str, ...]) -> str:
    # Imported when the first request is made: most searches need none.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import NameOID

    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization) for organization in organizations]
    parts.append(x509.NameAttribute(NameOID.COMMON_NAME, name[:64]))
    key = ec.generate_private_key(ec.SECP256R1())
    signed = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(parts)).sign(key, hashes.SHA256())
    return base64.b64encode(signed.public_bytes(Encoding.PEM)).decode()
