"""Asks one webhook about one request.

Source: k8s.io/apiserver ``pkg/admission/plugin/webhook/{mutating,validating}/dispatcher.go`` (callHook).
"""

from __future__ import annotations

import re

from kubegate.admission.interface import Review
from kubegate.admission.matching.criteria import Match
from kubegate.admission.policies.context import Context
from kubegate.admission.webhooks.answers import Response, read
from kubegate.admission.webhooks.errors import CallFailed, dry_run_unsupported, rejection
from kubegate.admission.webhooks.hooks import Hook
from kubegate.admission.webhooks.remotes import Remotes, Unusable
from kubegate.admission.webhooks.requests import build, version_of
from kubegate.api.names import Object
from kubegate.errors import Unavailable

_SAFE_IN_DRY_RUNS = ("None", "NoneOnDryRun")
_KEY = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?", re.ASCII)


class Caller:
    """Asks webhooks of one kind."""

    def __init__(self, remotes: Remotes, *, mutating: bool) -> None:
        self._remotes = remotes
        self._mutating = mutating

    def call(self, hook: Hook, match: Match, context: Context, obj: Object | None, old: Object | None) -> Response:
        """The answer of a webhook that allows the request; raises `CallFailed` or `Refused`."""
        response = self.ask(hook, match, context, obj, old)
        tell(hook, response, context.review)
        return response

    def ask(self, hook: Hook, match: Match, context: Context, obj: Object | None, old: Object | None) -> Response:
        """The answer, whatever it is; touches nothing of the request."""
        review, name = context.review, hook.name
        if review.dry_run and hook.spec.get("sideEffects") not in _SAFE_IN_DRY_RUNS:
            raise dry_run_unsupported(name)
        version = version_of(hook.spec.get("admissionReviewVersions") or ())
        if not version:
            why = "webhook does not accept known AdmissionReview versions (v1, v1beta1)"
            raise CallFailed(name, f"could not create admission objects: {why}")
        request = build(review, match, version, obj, old)
        try:
            answer = self._remotes.post(hook.spec.get("clientConfig") or {}, request.body, hook.timeout)
        except Unusable as error:
            raise CallFailed(name, str(error)) from error
        except Unavailable as error:
            raise CallFailed(name, f"failed to call webhook: {error.message}") from error
        return read(name, answer, version, request.uid, mutating=self._mutating)


def tell(hook: Hook, response: Response, review: Review) -> None:
    """Pass on warnings and audit annotations; raises `Refused` if the webhook said no."""
    for key, value in response.audit.items():
        if _KEY.fullmatch(key):
            review.annotate(f"{hook.name}/{key}", value)
    for text in response.warnings:
        review.warn(text)
    if not response.allowed:
        raise rejection(hook.name, response.result)
