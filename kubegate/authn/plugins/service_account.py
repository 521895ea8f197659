"""Service account tokens from TokenRequest: bound to an account and perhaps to a pod, secret or node that must still be
the same object.

``sub`` is not looked at; id and times may be absent. A pod's token names the pod's node without its being checked, a
node's own token is checked. Source: kubernetes ``pkg/serviceaccount/claims.go``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kubegate.api.names import Object
from kubegate.api.user import NODE_NAME, User, service_account_groups, service_account_name
from kubegate.authn.claims import json_type, numeric_date, text
from kubegate.authn.interface import Authenticated, Clock, ObjectReader, Refused
from kubegate.authn.jose import LEEWAY, TokenError
from kubegate.authn.plugins.jwt_token import Verified
from kubegate.authn.plugins.x509 import CREDENTIAL_ID

POD_NAME = "authentication.kubernetes.io/pod-name"
POD_UID = "authentication.kubernetes.io/pod-uid"
NODE_UID = "authentication.kubernetes.io/node-uid"
_INVALIDATED = Refused("service account token has been invalidated")


@dataclass(frozen=True, slots=True)
class Ref:
    """An object by name and uid."""

    name: str
    uid: str


@dataclass(frozen=True, slots=True)
class Binding:
    """The claim ``kubernetes.io``: to what a token is bound, and whom it names."""

    namespace: str
    account: Ref
    pod: Ref | None
    secret: Ref | None
    node: Ref | None
    warn_after: int | None
    user: User


@dataclass(frozen=True, slots=True)
class ServiceAccountTokens:
    """The validator of bound tokens."""

    objects: ObjectReader
    now: Clock

    def read(self, claims: Mapping[str, Any]) -> Binding:
        """Raises `errors.TokenError` if the claim has another shape."""
        bound = _mapping(claims, "kubernetes.io")
        namespace, account = text(bound, "namespace"), _ref(bound, "serviceaccount") or Ref("", "")
        pod, node = _ref(bound, "pod"), _ref(bound, "node")
        user = User(
            service_account_name(namespace, account.name),
            account.uid,
            service_account_groups(namespace),
            _extra(pod, node, text(claims, "jti")),
        )
        warn_after = numeric_date(bound.get("warnafter"))
        return Binding(namespace, account, pod, _ref(bound, "secret"), node, warn_after, user)

    def validate(self, verified: Verified, private: Binding) -> Authenticated | Refused:
        now = self.now()
        complaint = verified.public.time_complaint(now)
        if complaint:
            return Refused(f"service account token {_TIMES[complaint]}")
        refusal = self._account(private, now) or self._bound_objects(private, now)
        if refusal is not None:
            return refusal
        return Authenticated(
            private.user,
            annotations=_stale(verified, private, now),
            expires=verified.public.good_until,
        )

    def _account(self, bound: Binding, now: float) -> Refused | None:
        if not bound.account.name:
            return Refused("resource name may not be empty")
        if not bound.namespace:
            return Refused("the server could not find the requested resource")
        account = self.objects.get("serviceaccounts", bound.namespace, bound.account.name)
        if account is None:
            return Refused(f'serviceaccounts "{bound.account.name}" not found')
        if deleted(account, now):
            return Refused(f"service account {bound.namespace}/{bound.account.name} has been deleted")
        uid = uid_of(account)
        if uid != bound.account.uid:
            return Refused(f"service account UID ({uid}) does not match claim ({bound.account.uid})")
        return None

    def _bound_objects(self, bound: Binding, now: float) -> Refused | None:
        node = bound.node if bound.pod is None else None
        for resource, kind, ref in (
            ("secrets", "secret", bound.secret),
            ("pods", "pod", bound.pod),
            ("nodes", "node", node),
        ):
            if ref is None:
                continue
            obj = self.objects.get(resource, "" if kind == "node" else bound.namespace, ref.name)
            if obj is None or deleted(obj, now):
                return _INVALIDATED
            uid = uid_of(obj)
            if uid != ref.uid:
                return Refused(f"{kind} UID ({uid}) does not match service account {kind} ref claim ({ref.uid})")
        return None


_TIMES = {
    "expired": "has expired",
    "not valid yet": "is not valid yet",
    "issued in the future": "is issued in the future",
}


def _extra(pod: Ref | None, node: Ref | None, token_id: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    extra: list[tuple[str, tuple[str, ...]]] = []
    if pod is not None and pod.name and pod.uid:
        extra += [(POD_NAME, (pod.name,)), (POD_UID, (pod.uid,))]
    if token_id:
        extra.append((CREDENTIAL_ID, (f"JTI={token_id}",)))
    if node is not None and node.name:
        extra.append((NODE_NAME, (node.name,)))
        if node.uid:
            extra.append((NODE_UID, (node.uid,)))
    return tuple(extra)


def _stale(verified: Verified, bound: Binding, now: float) -> tuple[tuple[str, str], ...]:
    """A token that lives on only because old clients do not refresh is told to the audit log."""
    if not bound.warn_after or now <= bound.warn_after:
        return ()
    late = int(now) - bound.warn_after
    text = f"subject: {verified.public.subject}, seconds after warning threshold: {late}"
    return (("authentication.k8s.io/stale-token", text),)


def uid_of(obj: Object) -> str:
    """``metadata.uid`` or ""."""
    return str((obj.get("metadata") or {}).get("uid") or "")


def deleted(obj: Object, now: float, leeway: float = LEEWAY) -> bool:
    """Whether the object was deleted (it may still be there because of finalizers) more than ``leeway`` seconds ago."""
    stamp = (obj.get("metadata") or {}).get("deletionTimestamp")
    if not stamp:
        return False
    try:
        return datetime.fromisoformat(str(stamp)).timestamp() < now - leeway
    except ValueError:
        return True


def _mapping(claims: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = claims.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        struct = "kubernetes" if name == "kubernetes.io" else "ref"
        raise TokenError(f"json: cannot unmarshal {json_type(value)} into Go value of type serviceaccount.{struct}")
    return value


def _ref(bound: Mapping[str, Any], name: str) -> Ref | None:
    if bound.get(name) is None:
        return None
    found = _mapping(bound, name)
    return Ref(text(found, "name"), text(found, "uid"))
