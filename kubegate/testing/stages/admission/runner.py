"""The cases about admission: every request is judged against the same state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from kubegate.admission.interface import Operation
from kubegate.analysis.admission.gate import Gate
from kubegate.analysis.admission.judgement import Judgement
from kubegate.analysis.admission.request import Request
from kubegate.api.names import name_of
from kubegate.api.user import MASTERS, User
from kubegate.errors import InvalidInput
from kubegate.testing.cases.admission import AdmissionCase
from kubegate.testing.running.result import Result
from kubegate.testing.stages.admission.authorized import unauthorized
from kubegate.testing.stages.admission.claims import explained, wrong
from kubegate.testing.stages.admission.things import Thing, Things
from kubegate.testing.suites.places import placed
from kubegate.testing.suites.suite import Suite
from kubegate.testing.suites.users import doubt_about, user_of

ADMINISTRATOR = User.of("kubernetes-admin", [MASTERS])
_VERBS = {
    "create": "creates",
    "update": "updates",
    "patch": "patches",
    "delete": "deletes",
    "connect": "connects to",
}
_WEBHOOKS = {
    "MutatingWebhookConfiguration": "MutatingAdmissionWebhook",
    "ValidatingWebhookConfiguration": "ValidatingAdmissionWebhook",
}
"""Kinds, and the plugins that ask them."""

_OPERATIONS = {"patch": "UPDATE"}


class Prepared(NamedTuple):
    """A case with one of its objects: what is there before, what is written."""

    case: AdmissionCase
    old: Thing | None
    new: Thing
    things: Things


@dataclass(frozen=True)
class AdmissionRunner:
    """Runs the admission cases of one suite. ``explained``: failures say why (which takes time)."""

    file: str
    suite: Suite
    gate: Gate
    explained: bool = True

    def run(self) -> Iterator[Result]:
        """A result a case (and object), in the order of the file."""
        for index, case in enumerate(self.suite.spec.admission):
            with placed(self.file, ("spec", "admission", index)):
                for prepared in self.prepare(case):
                    yield self.result(prepared, index)

    def prepare(self, case: AdmissionCase) -> Iterator[Prepared]:
        """A case with each of its objects; raises `InvalidInput` for what is not there."""
        things = Things(Path(self.file), self.gate)
        for old, new in _pairs(case, things):
            yield Prepared(case, old, new, things)

    def result(self, prepared: Prepared, index: int) -> Result:
        """What a case (of this number) comes to."""
        case, new = prepared.case, prepared.new
        self.gate.trace = case.changedBy is not None
        found = self.ask(prepared)
        failure = found if isinstance(found, str) else "; ".join(wrong(case, found))
        judgement = found if isinstance(found, Judgement) else None
        explanation = ""
        if failure and judgement is not None and self.explained:
            self.gate.trace = True
            again = self.ask(prepared)
            explanation = explained(again) if isinstance(again, Judgement) else ""
        at = ("spec", "admission", index)
        unasked = self._unasked if case.expects_admission else ""
        warning = "; ".join(filter(None, (unasked, doubt_about(case.user, self.suite.spec.users))))
        return Result(self.file, _title(case, new), failure, explanation, at=at, judgement=judgement, warning=warning)

    @cached_property
    def _unasked(self) -> str:
        """The webhooks of the state that nobody has decided about."""
        if self.suite.spec.admissionOptions.webhooks is not None:
            return ""
        unasked = [
            f"{kind} {name_of(obj)}"
            for kind, plugin in _WEBHOOKS.items()
            for obj in self.gate.state.of_kind("admissionregistration.k8s.io", kind)
            if plugin not in self.gate.chain.names
        ]
        hint = "admissionOptions.webhooks: true asks them, false says that they do not matter"
        return f"not asked: {', '.join(unasked)}; {hint}" if unasked else ""

    def ask(self, prepared: Prepared) -> Judgement | str:
        """The judgement, or why the request could not be made."""
        gate, (case, old, new, things) = self.gate, prepared
        with gate.cluster.imagining():
            for obj in case.given:
                first = gate.judge(things.written(obj, case.namespace).object or {}, ADMINISTRATOR, with_pods=False)
                if first.refusal is not None:
                    return f"given {first.title}: {first.refusal.message}"
            if old is not None and old.object is not None:
                gate.place(old.object)
            elif case.verb == "create" and new.name and not case.subresource:
                gate.cluster.remove(new.resource.key, new.namespace, new.name)
            body = None if case.verb in ("delete", "connect") else case.body or things.changed(new, case.change)
            operation = Operation(_OPERATIONS.get(case.verb, case.verb.upper()))
            request = Request(operation, new.resource, new.namespace, new.name, case.subresource, body, case.options)
            user = self._user(case)
            if case.checkAccess:
                assert gate.authorizer is not None
                if (refused := unauthorized(request, user, _asked(case), gate.authorizer)) is not None:
                    return refused
            return gate.ask(request, user, with_pods=case.pods)

    def _user(self, case: AdmissionCase) -> User:
        return user_of(case.user, self.suite.spec.users) if case.user else ADMINISTRATOR


def _pairs(case: AdmissionCase, things: Things) -> Iterator[tuple[Thing | None, Thing]]:
    """(what is there before, what is written) for each object of the case."""
    olds = things.find(case.oldObject, case.oldObjectFile, case.namespace)
    news = things.find(case.object, case.objectFile, case.namespace) or olds
    if not case.subresource and case.verb in ("create", "update", "patch"):
        nameless = next((new for new in news if new.object is None), None)
        if nameless is not None:
            raise InvalidInput(f"there is no {nameless.title} among policies and objects")
    for new in news:
        yield next((old for old in olds if (old.resource.key, old.name) == (new.resource.key, new.name)), None), new


def _asked(case: AdmissionCase) -> str:
    """The verb that is authorized."""
    return "create" if case.verb == "connect" else case.verb


def _title(case: AdmissionCase, new: Thing) -> str:
    what = f"{new.title}/{case.subresource}" if case.subresource else new.title
    if case.name:
        return case.name if not case.objectFile else f"{case.name}: {what}"
    who = case.user or "the administrator"
    outcome = "admitted" if case.expects_admission else "refused"
    return f"{who} {_VERBS[case.verb]} {what}: {outcome}"
