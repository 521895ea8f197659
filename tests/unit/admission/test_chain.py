"""The chain: order, first refusal, reinvocation, the trace, faults."""

from __future__ import annotations

import pytest

from kubegate.admission.chain import AdmissionChain
from kubegate.api.status import Status, StatusError, bad_request

NO = Status(403, "Forbidden", "no")


class Recorder:
    def __init__(self, log, name, *, refuse=False, ask_again=False):
        self.log, self.name, self.refuse, self.ask_again = log, name, refuse, ask_again

    def mutate(self, review):
        self.log.append((self.name, review.reinvocation.running))
        if self.ask_again:
            review.reinvocation.requested = True
        return NO if self.refuse else None


class Judge:
    def __init__(self, answer=None):
        self.answer = answer

    def validate(self, review):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_mutators_run_in_order_and_validators_do_not_mutate(review):
    log: list = []
    chain = AdmissionChain([("a", Recorder(log, "a")), ("b", Judge()), ("c", Recorder(log, "c"))])
    assert chain.mutate(review({})) is None
    assert [name for name, _ in log] == ["a", "c"]
    assert chain.names == ("a", "b", "c")


def test_the_first_refusal_ends_the_pass(review):
    log: list = []
    chain = AdmissionChain([("a", Recorder(log, "a", refuse=True)), ("b", Recorder(log, "b"))])
    assert chain.mutate(review({})) is NO
    assert [name for name, _ in log] == ["a"]


def test_all_mutators_run_once_more_when_one_asks_for_it_but_only_once(review):
    log: list = []
    chain = AdmissionChain([("a", Recorder(log, "a")), ("b", Recorder(log, "b", ask_again=True))])
    assert chain.mutate(review({})) is None
    assert log == [("a", False), ("b", False), ("a", True), ("b", True)]


def test_a_refusal_is_not_run_again(review):
    log: list = []
    chain = AdmissionChain([("a", Recorder(log, "a", ask_again=True)), ("b", Recorder(log, "b", refuse=True))])
    assert chain.mutate(review({})) is NO
    assert [name for name, _ in log] == ["a", "b"]


def test_a_status_that_the_cluster_raises_refuses(review):
    chain = AdmissionChain([("a", Judge(StatusError(bad_request("gone wrong"))))])
    refusal = chain.validate(review({}))
    assert refusal is not None
    assert refusal.code == 400


def test_a_fault_is_never_an_admission(review):
    chain = AdmissionChain([("a", Judge(ZeroDivisionError()))])
    with pytest.raises(ZeroDivisionError):
        chain.validate(review({}))


def test_the_trace_is_told_each_step_and_its_refusal(review):
    told = []
    chain = AdmissionChain([("a", Judge()), ("b", Judge(NO)), ("c", Judge())])
    chain.validate(review({}), lambda name, seen, refusal: told.append((name, refusal)))
    assert told == [("a", None), ("b", NO)]
