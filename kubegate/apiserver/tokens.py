"""The resources about identities: TokenReview, SelfSubjectReview, TokenRequest (``serviceaccounts/token``), and the OpenID
documents with which others verify service account tokens. Plain functions of objects; routing is done elsewhere.

Source: kubernetes ``pkg/registry/authentication``, ``pkg/registry/core/serviceaccount/storage/token.go``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from kubegate.api import field_errors, status
from kubegate.api.go import quote
from kubegate.api.names import Object, name_of, namespace_of, split_api_version
from kubegate.api.status import Status
from kubegate.api.user import User
from kubegate.authn.interface import Authenticated, Authenticator, Clock, Credentials, ObjectReader, Refused
from kubegate.authn.issuer import Grant, TokenIssuer
from kubegate.authn.plugins.service_account import uid_of
from kubegate.registry.validation.names import path_segment_name

_GROUP = "authentication.k8s.io"
_BINDABLE = ("Pod", "Node", "Secret")
_MIN_SECONDS, _MAX_SECONDS, _DEFAULT_SECONDS = 600, 1 << 32, 3600
_WARN_ONLY_SECONDS = 60 * 60 + 7
"""What the kubelet of old asked for on behalf of projected tokens."""
_EXTENDED_SECONDS = 24 * 365 * 60 * 60
ISSUED_CREDENTIAL_ID = "authentication.kubernetes.io/issued-credential-id"


def token_review(review: Object, authenticator: Authenticator, api_audiences: tuple[str, ...]) -> Object | Status:
    """The review with its ``status``, or why it is refused. The token goes the way of a request's bearer token."""
    spec = review.get("spec") or {}
    token = spec.get("token") or ""
    if not token:
        return status.bad_request("token is required for TokenReview in authentication")
    audiences = tuple(spec.get("audiences") or ()) or api_audiences
    header = f"Bearer {token}".encode("utf-8", "surrogatepass").decode("latin-1")
    outcome = authenticator.authenticate(Credentials({"authorization": [header]}, path="", audiences=audiences))
    found: dict[str, Any] = {"user": {}}
    if isinstance(outcome, Authenticated):
        if audiences and not set(audiences) & set(outcome.audiences):
            return status.internal(f"error validating audience: want {list(audiences)}, got {list(outcome.audiences)}")
        found = {"authenticated": True, "user": outcome.user.to_info(), "audiences": list(outcome.audiences)}
    elif isinstance(outcome, Refused):
        found["error"] = outcome.reason
    return {**review, "metadata": review.get("metadata") or {}, "spec": spec, "status": found}


def self_subject_review(review: Object, user: User, now: float) -> Object:
    """Who the requester is, after impersonation."""
    meta = {**(review.get("metadata") or {}), "creationTimestamp": _stamp(now)}
    return {**review, "metadata": meta, "status": {"userInfo": user.to_info()}}


@dataclass(frozen=True, slots=True)
class Issued:
    """A TokenRequest that was granted; ``token_id`` goes into the audit event."""

    object: Object
    warnings: tuple[str, ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()


Admit = Callable[[Object], Status | None]
"""Validating admission of the TokenRequest: None or the rejection."""


@dataclass(frozen=True, slots=True)
class TokenRequests:
    """Answers ``POST .../serviceaccounts/NAME/token``. Seconds throughout; ``max_seconds`` 0 is no limit."""

    objects: ObjectReader
    issuer: TokenIssuer
    api_audiences: tuple[str, ...]
    now: Clock
    max_seconds: int = 0
    extend: bool = True

    def create(self, namespace: str, name: str, request: Object, admit: Admit | None = None) -> Issued | Status:
        """Issue a token for the account, or say why not."""
        mismatch = _mismatch(namespace, name, request)
        if mismatch is not None:
            return mismatch
        account = self.objects.get("serviceaccounts", namespace, name)
        if account is None:
            return status.not_found("", "serviceaccounts", name)
        request, spec = self._defaulted(request, account)
        errors = _validate(spec)
        if errors:
            return status.invalid(_GROUP, "TokenRequest", "", errors)
        rejection = admit(request) if admit is not None else None
        if rejection is not None:
            return rejection
        bound = self._bound(spec.get("boundObjectRef"), namespace, name)
        return bound if isinstance(bound, Status) else self._issue(request, spec, account, bound)

    def _defaulted(self, request: Object, account: Object) -> tuple[Object, dict[str, Any]]:
        spec = {"boundObjectRef": None, **(request.get("spec") or {})}
        spec["audiences"] = list(spec.get("audiences") or self.api_audiences)
        if spec.get("expirationSeconds") is None:
            spec["expirationSeconds"] = _DEFAULT_SECONDS
        meta = {**(request.get("metadata") or {}), "name": name_of(account), "namespace": namespace_of(account)}
        meta["uid"] = uid_of(account)
        meta["creationTimestamp"] = _stamp(self.now())
        return {**request, "metadata": meta, "spec": spec}, spec

    def _bound(self, ref: dict[str, Any] | None, namespace: str, account: str) -> _Bound | Status:
        if ref is None:
            return _Bound()
        api_version = ref.get("apiVersion") or ""
        # One that cannot be read is as if there were none.
        group, version = split_api_version(api_version) if api_version.count("/") < 2 else ("", "")
        kind, name = ref.get("kind") or "", ref.get("name") or ""
        found: _Bound | Status
        if group == "" and kind in _BINDABLE and (complaint := _name_complaint(name)):
            return status.bad_request(complaint)
        if group == "" and kind == "Pod":
            found = self._pod(namespace, name, account)
        elif group == "" and kind in _BINDABLE:
            found = self._plain(kind, namespace, name)
        else:
            shown = f"{group}/{version}, Kind={kind}"
            return status.bad_request(f"cannot bind token to object of type {shown}")
        wanted = ref.get("uid") or ""
        if isinstance(found, _Bound) and wanted and found.uid != wanted:
            return status.conflict(
                group,
                kind,
                name,
                f"the UID in the bound object reference ({wanted}) does not match the UID in record. "
                "The object might have been deleted and then recreated",
            )
        return found

    def _pod(self, namespace: str, name: str, account: str) -> _Bound | Status:
        pod = self.objects.get("pods", namespace, name)
        if pod is None:
            return status.not_found("", "pods", name)
        spec = pod.get("spec") or {}
        if spec.get("serviceAccountName") != account:
            text = f'cannot bind token for serviceaccount "{account}" to pod running with different serviceaccount name.'
            return status.bad_request(text)
        node_name = spec.get("nodeName")
        # The node that a pod names need not exist.
        node = (self.objects.get("nodes", "", node_name) or {"metadata": {"name": node_name}}) if node_name else None
        return _Bound(uid_of(pod), pod=pod, node=node)

    def _plain(self, kind: str, namespace: str, name: str) -> _Bound | Status:
        resource = kind.lower() + "s"
        obj = self.objects.get(resource, "" if kind == "Node" else namespace, name)
        if obj is None:
            return status.not_found("", resource, name)
        return _Bound(uid_of(obj), node=obj) if kind == "Node" else _Bound(uid_of(obj), secret=obj)

    def _issue(self, request: Object, spec: dict[str, Any], account: Object, bound: _Bound) -> Issued:
        now, seconds, warnings = int(self.now()), spec["expirationSeconds"], []
        if 0 < self.max_seconds < seconds:
            warnings.append(f"requested expiration of {seconds} seconds shortened to {self.max_seconds} seconds")
            seconds = spec["expirationSeconds"] = self.max_seconds
        lives, warn_after = seconds, 0
        if self.extend and bound.pod is not None and seconds == _WARN_ONLY_SECONDS and self._is_ours(spec["audiences"]):
            lives, warn_after = _EXTENDED_SECONDS, now + seconds
        grant = Grant(
            account, spec["audiences"], now, now + lives, bound.pod, bound.secret, bound.node, warn_after=warn_after
        )
        token, token_id = self.issuer.issue(grant)
        answer = {**request, "status": {"token": token, "expirationTimestamp": _stamp(now + seconds)}}
        return Issued(answer, tuple(warnings), ((ISSUED_CREDENTIAL_ID, f"JTI={token_id}"),))

    def _is_ours(self, audiences: Sequence[str]) -> bool:
        """Whether exactly the API server's audiences are asked for."""
        return set(audiences) == set(self.api_audiences)


@dataclass(frozen=True, slots=True)
class _Bound:
    """What a token is bound to."""

    uid: str = ""
    pod: Object | None = field(default=None)
    secret: Object | None = field(default=None)
    node: Object | None = field(default=None)


def _mismatch(namespace: str, name: str, request: Object) -> Status | None:
    for path, given, wanted, what in (
        ("metadata.name", name_of(request), name, "name"),
        ("metadata.namespace", namespace_of(request), namespace, "namespace"),
    ):
        if given and given != wanted:
            text = f"must match the service account {what} if specified"
            return status.invalid(_GROUP, "TokenRequest", name, [field_errors.invalid(path, given, text)])
    return None


def _name_complaint(name: str) -> str:
    """Why no object can have this name, as the storage says it."""
    if not name:
        return "Name parameter required."
    problems = path_segment_name(name)
    return f"Name parameter invalid: {quote(name)}: {';'.join(problems)}" if problems else ""


def _validate(spec: dict[str, Any]) -> list[field_errors.FieldError]:
    seconds = spec["expirationSeconds"]
    if seconds < _MIN_SECONDS:
        text = "may not specify a duration less than 10 minutes"
    elif seconds > _MAX_SECONDS:
        text = "may not specify a duration larger than 2^32 seconds"
    else:
        return []
    return [field_errors.invalid("spec.expirationSeconds", seconds, text)]


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
