"""Deciding one question for a cluster: authorizer, shadow, counters, log, and what of the verdict is told."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kubegate.authz.interface import Attributes, Authorizer, Decision, Verdict
from kubegate.authz.reviews import access_status
from kubegate.webhook.decision_log import DecisionLog
from kubegate.webhook.metrics import Metrics
from kubegate.webhook.policy import InForce

_LOG = logging.getLogger("kubegate.webhook")


@dataclass(frozen=True, slots=True)
class Telling:
    """What the asking cluster learns. ``deny_is_final``: a refusal ends its chain instead of being no opinion;
    ``denial_reasons``: a refusal says why (off by default: reasons name bindings and roles)."""

    deny_is_final: bool = False
    denial_reasons: bool = False


class Decider:
    """Asks the authorizer in force; compares with the shadow policies, which never decide."""

    def __init__(
        self,
        policies: InForce[Authorizer],
        metrics: Metrics,
        *,
        telling: Telling | None = None,
        shadow: InForce[Authorizer] | None = None,
        log: DecisionLog | None = None,
    ) -> None:
        self._policies = policies
        self._shadow = shadow
        self._metrics = metrics
        self._telling = telling or Telling()
        self._log = log
        self._counters: dict[tuple[str, Decision], tuple[Any, Any]] = {}

    def status(self, attributes: Attributes) -> dict[str, Any]:
        """The ``status`` of the review."""
        began = time.perf_counter()
        verdict = self._policies.current.content.authorize(attributes)
        seconds = time.perf_counter() - began
        self._count(verdict, seconds)
        if self._shadow is not None:
            self._compare(self._shadow.current.content, attributes, verdict)
        self._note(attributes, verdict, seconds)
        return self._told(access_status(verdict, attributes))

    def statuses(self, questions: Sequence[Attributes]) -> list[dict[str, Any]]:
        """The ``status`` of each of many questions; counted and timed as one batch, where nothing is logged or compared."""
        if self._log is not None or self._shadow is not None:
            return [self.status(question) for question in questions]
        began = time.perf_counter()
        authorize = self._policies.current.content.authorize
        verdicts = list(map(authorize, questions))
        self._metrics.batch.observe(time.perf_counter() - began)
        for (name, decision), count in Counter(map(_kind, verdicts)).items():
            self._counted(name, decision)[0].inc(count)
        told: dict[int, dict[str, Any]] = {}  # verdicts repeat: by identity, which holds while the list does
        answers = []
        for question, verdict in zip(questions, verdicts, strict=True):
            status = None if question.selector_errors else told.get(id(verdict))
            if status is None:
                status = told[id(verdict)] = self._told(access_status(verdict, question))
            answers.append(status)
        return answers

    def _told(self, status: dict[str, Any]) -> dict[str, Any]:
        if not status["allowed"]:
            if not self._telling.denial_reasons:
                status.pop("reason", None)
            if self._telling.deny_is_final:
                status["denied"] = True
        return status

    def _count(self, verdict: Verdict, seconds: float) -> None:
        counter, latency = self._counted(*_kind(verdict))
        counter.inc()
        latency.observe(seconds)

    def _counted(self, name: str, decision: Decision) -> tuple[Any, Any]:
        """The counter and the histogram of such decisions: looking them up by their labels takes longer than deciding."""
        found = self._counters.get((name, decision))
        if found is None:
            labels = name, decision.value
            found = self._metrics.decisions.labels(*labels), self._metrics.latency.labels(*labels)
            self._counters[name, decision] = found
        return found

    def _compare(self, shadow: Authorizer, attributes: Attributes, verdict: Verdict) -> None:
        began = time.perf_counter()
        try:
            other = shadow.authorize(attributes)
        except Exception:  # noqa: BLE001 - whatever the shadow does, it does not touch the answer
            _LOG.exception("the shadow policies failed")
            self._metrics.shadow.labels(verdict.decision.value, "failure").inc()
            return
        if other.decision is not verdict.decision:
            self._metrics.shadow.labels(verdict.decision.value, other.decision.value).inc()
            self._note(attributes, other, time.perf_counter() - began, "shadow policies differ")

    def _note(self, attributes: Attributes, verdict: Verdict, seconds: float, note: str = "") -> None:
        """A line of the log; a full disk does not end the endpoint, but is counted."""
        if self._log is None:
            return
        try:
            self._log.record(attributes, verdict, seconds, note)
        except OSError as error:
            _LOG.error("a decision is not in the decision log: %s", error)
            self._metrics.unlogged.inc()


def _kind(verdict: Verdict) -> tuple[str, Decision]:
    return (verdict.determined_by.authorizer if verdict.determined_by else "none"), verdict.decision
