"""Mutating webhooks: one after the other, each sees what the ones before it changed; again if later ones changed more.

Source: k8s.io/apiserver ``pkg/admission/plugin/webhook/mutating/dispatcher.go``.
"""

from __future__ import annotations

from kubegate.admission.interface import Environment, Review
from kubegate.admission.manifests.source import StaticObjects
from kubegate.admission.matching.criteria import Match, MatchError
from kubegate.admission.policies.context import Context
from kubegate.admission.reinvocation import Rounds, rounds_of
from kubegate.admission.webhooks.caller import Caller
from kubegate.admission.webhooks.credentials import Credentials
from kubegate.admission.webhooks.errors import CallFailed, Refused
from kubegate.admission.webhooks.hooks import Hook, HookSource
from kubegate.admission.webhooks.patching import apply_patch, operations_of
from kubegate.admission.webhooks.remotes import Remotes
from kubegate.api.compact_json import compact
from kubegate.api.names import Object
from kubegate.api.status import Status, internal

CONFIGURATIONS = "mutatingwebhookconfigurations.admissionregistration.k8s.io"
_ANNOTATION = "mutation.webhook.admission.k8s.io/round_{}_index_{}"


class MutatingWebhooks:
    """The plugin; ``manifests`` is the directory of its configurations from files."""

    def __init__(self, environment: Environment, credentials: Credentials, manifests: str = "") -> None:
        static = StaticObjects(environment, manifests, ("MutatingWebhookConfiguration",))
        self._environment = environment
        self.source = HookSource(environment, CONFIGURATIONS, static)
        self._caller = Caller(Remotes(environment.cluster, credentials), mutating=True)

    def mutate(self, review: Review) -> Status | None:
        candidates = self.source.candidates(review)
        if not candidates:
            return None
        rounds = rounds_of(review, "MutatingAdmissionWebhook")
        context = Context(review, self._environment, self.source.namespaces)
        try:
            for hook in candidates:
                match = hook.match(context)
                if match is not None and rounds.is_due(hook.key):
                    self._run(hook, match, context, rounds)
        except (MatchError, Refused) as error:
            return error.status
        finally:
            rounds.finish(review, dirty=False)
        return None

    def _run(self, hook: Hook, match: Match, context: Context, rounds: Rounds) -> None:
        """Ask one webhook under its failure policy; raises `Refused`."""
        review = context.review
        key = _ANNOTATION.format(int(rounds.running), hook.index)
        changed = False
        try:
            changed = self._ask(hook, match, context)
        except CallFailed as error:
            if not hook.ignores_failures:
                raise Refused(error.status()) from error
            review.annotate(f"failed-open.{key}", hook.name)
        finally:
            what = {"configuration": hook.configuration, "webhook": hook.name, "mutated": changed}
            review.annotate(key, compact(what))
        if changed:
            rounds.require(review)
        if hook.spec.get("reinvocationPolicy") == "IfNeeded":
            rounds.remember(hook.key)

    def _ask(self, hook: Hook, match: Match, context: Context) -> bool:
        """Whether the webhook changed the object; raises `CallFailed` or `Refused`."""
        seen = context.versioned(match)
        before = seen["object"]
        response = self._caller.call(hook, match, context, before, seen["oldObject"])
        if not response.patch:
            return False
        operations = operations_of(hook.name, response)
        if not operations:
            return False
        if before is None:
            what = "attempted to modify the object, which is not supported for this operation"
            raise Refused(internal(f'admission webhook "{hook.name}" {what}'))
        made = apply_patch(hook.name, response, operations, before, match.kind)
        changed = made != before
        self._environment.default(match.resource, made)
        self._replace(context.review, match, made)
        return changed

    def _replace(self, review: Review, match: Match, made: Object) -> None:
        if match.resource != review.resource:
            made = self._environment.convert(match.resource, review.resource, made)
        if review.object is not None:
            review.object.clear()
            review.object.update(made)
