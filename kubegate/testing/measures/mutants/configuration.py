"""Mutants of an AuthorizationConfiguration: its webhooks asked at other times, or their failures meaning something else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kubegate.analysis.mutation.mutant import Mutant
from kubegate.analysis.mutation.witnesses.condition_examples import condition_examples
from kubegate.analysis.mutation.witnesses.examples import Example
from kubegate.api.names import Object
from kubegate.authz.configuration.conditions import compile_condition
from kubegate.authz.interface import Decision
from kubegate.authz.webhook.authorizer import WebhookAuthorizer
from kubegate.testing.measures.mutants.access import AccessTrial
from kubegate.testing.suites.users import user_of

_FAILURES = {"Deny": Decision.DENY, "NoOpinion": Decision.NO_OPINION}


@dataclass(frozen=True)
class ConfigurationTrial(AccessTrial):
    """The webhook that the mutant is about takes the place of the original; both ask the same service."""

    @contextmanager
    def applied(self, mutant: Mutant) -> Iterator[None]:
        chain = self.loaded.engine.chain
        made = [(old, _changed(old, mutant)) for old in chain.members if isinstance(old, WebhookAuthorizer)]
        pairs = [(old, new) for old, new in made if new is not None]
        for old, new in pairs:
            chain.replace(old, new)
        try:
            yield
        finally:
            for old, new in pairs:
                chain.replace(new, old)

    def candidates(self, mutant: Mutant) -> Iterable[Example]:
        return condition_examples((mutant.target, mutant.mutated), self._people())

    def _people(self) -> Iterator[Example]:
        """Who the cases are about, and what they ask."""
        spec = self.loaded.suite.spec
        asked = [(case.user, case.namespace, text) for case in spec.access for text in (*case.can, *case.cannot)]
        asked += [(case.user, case.namespace, case.request) for case in spec.decisions]
        for name, namespace, text in asked:
            user = user_of(name, spec.users)
            if user.name:
                yield Example(user.name, tuple(user.groups), namespace, text)


def _changed(member: WebhookAuthorizer, mutant: Mutant) -> WebhookAuthorizer | None:
    """The member as the mutant has it, None if it is not about this one. Raises `CelError` for a wrong condition."""
    old, new = (_spec_of(obj, member.settings.name) for obj in (mutant.target, mutant.mutated))
    if old is None or new is None or old == new:
        return None
    webhook = new.get("webhook") or {}
    conditions = [
        compile_condition(str(condition.get("expression") or "")) for condition in webhook.get("matchConditions") or []
    ]
    return member.with_conditions(conditions, _FAILURES.get(str(webhook.get("failurePolicy")), Decision.NO_OPINION))


def _spec_of(obj: Object | None, name: str) -> Object | None:
    authorizers: list[Object] = (obj or {}).get("authorizers") or []
    return next((spec for spec in authorizers if spec.get("name") == name), None)
