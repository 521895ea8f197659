"""The webhooks of the cluster, compiled when their configurations change and indexed by resource.

Source: k8s.io/apiserver ``pkg/admission/configuration`` and ``pkg/admission/plugin/webhook/{accessors,generic/webhook}.go``.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kubegate.admission.interface import Environment, Review
from kubegate.admission.manifests.source import StaticObjects
from kubegate.admission.matching.criteria import Criteria, Match, Namespaces
from kubegate.admission.policies.context import Context
from kubegate.admission.policies.expressions import Compiler, Expression
from kubegate.admission.policies.match_conditions import MatchConditionError, holds
from kubegate.admission.rejections import forbidden
from kubegate.admission.webhooks.errors import Refused
from kubegate.api.names import Object, name_of
from kubegate.cel.trace import Trace, is_recording
from kubegate.cel.types import BOOL

_CONFIGURATIONS = frozenset(
    f"{name}.admissionregistration.k8s.io"
    for name in (
        "validatingwebhookconfigurations",
        "mutatingwebhookconfigurations",
        "validatingadmissionpolicies",
        "validatingadmissionpolicybindings",
        "mutatingadmissionpolicies",
        "mutatingadmissionpolicybindings",
    )
)


def is_exempt(review: Review) -> bool:
    """What no webhook of the API is ever asked about: the configuration of admission, lest it lock itself out."""
    return review.resource.qualified in _CONFIGURATIONS


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook; ``index`` is its place among all of its kind, ``key`` tells it from all others."""

    index: int
    configuration: str
    key: str
    spec: Mapping[str, Any]
    criteria: Criteria
    conditions: tuple[Expression, ...]
    static: bool = False
    """Whether it comes from a file."""
    met: set[str] | None = None
    """Where the keys of webhooks are noted that a request was for, if that is recorded."""

    @property
    def name(self) -> str:
        return str(self.spec.get("name") or "")

    @property
    def ignores_failures(self) -> bool:
        return self.spec.get("failurePolicy") == "Ignore"

    @property
    def timeout(self) -> int:
        """Seconds."""
        return int(self.spec.get("timeoutSeconds") or 10)

    def match(self, context: Context) -> Match | None:
        """As what the request is to be sent, or None; raises `MatchError` or `Refused`."""
        match = self.criteria.match(context.review) if self.criteria.rules else None
        if match is not None and self.met is not None:
            self.met.add(self.key)
        if match is None or not self.conditions:
            return match
        bindings = context.bindings(match, None, context.versioned(match))
        try:
            matches = holds(self.conditions, bindings, {}, ignore_failures=self.ignores_failures)
        except MatchConditionError as error:
            raise Refused(forbidden(context.review, error.message)) from error
        return match if matches else None


class HookSource:
    """The webhooks of one kind of configuration: those from files, then the other ones, each by configuration name."""

    def __init__(self, environment: Environment, resource: str, manifests: StaticObjects) -> None:
        self.environment = environment
        self._manifests = manifests
        self.namespaces = Namespaces(environment)
        self._resource = resource
        self._lock = threading.Lock()
        self._seen: list[Object] = []
        self._index: dict[str, tuple[Hook, ...]] = {}
        self.met: set[str] | None = set() if is_recording() else None

    def traces(self) -> Iterator[tuple[str, int, Trace]]:
        """Of the webhooks (by key) the match conditions (by number), with the branches that were taken, if recorded."""
        for hook in {hook.key: hook for hooks in self._index.values() for hook in hooks}.values():
            for number, condition in enumerate(hook.conditions):
                if condition.program is not None and condition.program.trace is not None:
                    yield hook.key, number, condition.program.trace

    def candidates(self, review: Review) -> tuple[Hook, ...]:
        """The webhooks that may be about a request; about the configuration of admission only those from files are."""
        (static,) = self._manifests.all()
        now = [*static, *self.environment.cluster.list(self._resource)]
        if len(now) != len(self._seen) or any(a is not b for a, b in zip(now, self._seen, strict=True)):
            with self._lock:
                self._index = _indexed(self._compiled(now, len(static)))
                self._seen = now
        found = self._index.get(review.resource.resource, self._index.get("*", ()))
        return tuple(hook for hook in found if hook.static) if found and is_exempt(review) else found

    def _compiled(self, configurations: list[Object], static: int) -> list[Hook]:
        made: list[Hook] = []
        for place, configuration in enumerate([*configurations[:static], *sorted(configurations[static:], key=name_of)]):
            seen: dict[str, int] = {}
            is_static = place < static
            for spec in configuration.get("webhooks") or ():
                name = str(spec.get("name") or "")
                count = seen[name] = seen.get(name, -1) + 1
                key = f"{'manifest/' if is_static else ''}{name_of(configuration)}/{name}/{count}"
                made.append(self._compile(len(made), name_of(configuration), key, spec, is_static))
        return made

    def _compile(self, index: int, configuration: str, key: str, spec: Mapping[str, Any], static: bool) -> Hook:
        compiler = Compiler((), params=False)
        expressions = [str(condition.get("expression") or "") for condition in spec.get("matchConditions") or ()]
        conditions = tuple(compiler.compile(text, (BOOL,)) for text in expressions)
        criteria = Criteria(spec, self.environment, self.namespaces, "rules")
        return Hook(index, configuration, key, spec, criteria, conditions, static, self.met)


def _indexed(hooks: list[Hook]) -> dict[str, tuple[Hook, ...]]:
    """By resource; under ``*`` those that are about every resource."""
    resources = frozenset[str]().union(*(hook.criteria.resource_names for hook in hooks)) | {"*"}
    return {resource: tuple(h for h in hooks if h.criteria.resource_names & {resource, "*"}) for resource in resources}
