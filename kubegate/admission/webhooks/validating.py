"""Validating webhooks: all that match are asked at once; the first refusal in their order counts.

Source: k8s.io/apiserver ``pkg/admission/plugin/webhook/validating/dispatcher.go``.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from kubegate.admission.interface import Environment, Review
from kubegate.admission.manifests.source import StaticObjects
from kubegate.admission.matching.criteria import Match, MatchError
from kubegate.admission.policies.context import Context
from kubegate.admission.webhooks.answers import Response
from kubegate.admission.webhooks.caller import Caller, tell
from kubegate.admission.webhooks.credentials import Credentials
from kubegate.admission.webhooks.errors import CallFailed, Refused
from kubegate.admission.webhooks.hooks import Hook, HookSource
from kubegate.admission.webhooks.remotes import Remotes
from kubegate.api.status import Status

CONFIGURATIONS = "validatingwebhookconfigurations.admissionregistration.k8s.io"
_FAILED_OPEN = "failed-open.validating.webhook.admission.k8s.io/round_0_index_"
_THREADS = 64


class ValidatingWebhooks:
    """The plugin; ``manifests`` is the directory of its configurations from files."""

    def __init__(self, environment: Environment, credentials: Credentials, manifests: str = "") -> None:
        static = StaticObjects(environment, manifests, ("ValidatingWebhookConfiguration",))
        self.source = HookSource(environment, CONFIGURATIONS, static)
        self._caller = Caller(Remotes(environment.cluster, credentials), mutating=False)
        self._threads = ThreadPoolExecutor(_THREADS, "validating-webhook")

    def validate(self, review: Review) -> Status | None:
        candidates = self.source.candidates(review)
        if not candidates:
            return None
        context = Context(review, self.source.environment, self.source.namespaces)
        try:
            matched = [(hook, match) for hook in candidates if (match := hook.match(context)) is not None]
        except (MatchError, Refused) as error:
            return error.status
        asks = [self._asking(hook, match, context) for hook, match in matched]
        if len(asks) == 1:
            answers: list[Response | CallFailed | Refused] = [asks[0]()]
        else:
            answers = [future.result() for future in [self._threads.submit(ask) for ask in asks]]
        refusal: Status | None = None
        for index, ((hook, _), answer) in enumerate(zip(matched, answers, strict=True)):
            refusal = refusal or _judge(index, hook, answer, review)
        return refusal

    def _asking(self, hook: Hook, match: Match, context: Context) -> Callable[[], Response | CallFailed | Refused]:
        seen = context.versioned(match)

        def ask() -> Response | CallFailed | Refused:
            try:
                return self._caller.ask(hook, match, context, seen["object"], seen["oldObject"])
            except (CallFailed, Refused) as error:
                return error

        return ask


def _judge(index: int, hook: Hook, answer: Response | CallFailed | Refused, review: Review) -> Status | None:
    if isinstance(answer, CallFailed):
        if not hook.ignores_failures:
            return answer.status()
        review.annotate(f"{_FAILED_OPEN}{index}", hook.name)
        return None
    if isinstance(answer, Refused):
        return answer.status
    try:
        tell(hook, answer, review)
    except Refused as error:
        return error.status
    return None
