"""What a case claims of a credential, compared; and an outcome told."""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.authn.describe import describe_certificates, describe_token
from kubegate.authn.interface import Authenticated, Credentials, Outcome, Refused
from kubegate.testing.cases.authentication import AuthenticationCase
from kubegate.testing.stages.admission.subset import shown

_NOTHING = "no credential was presented, and anonymous requests are not taken"


def wrong(case: AuthenticationCase, outcome: Outcome) -> Iterator[str]:
    """What the case claims and is not so."""
    if not isinstance(outcome, Authenticated):
        causes = reasons(outcome)
        if case.expects_identity:
            yield f"refused: {'; '.join(causes)}"
        elif case.message is not None and case.message not in causes:
            yield f"message is {shown(causes if len(causes) > 1 else causes[0])}, not {shown(case.message)}"
        elif case.messageContains is not None and not any(case.messageContains in cause for cause in causes):
            yield f"message is {shown(causes)}, without {shown(case.messageContains)}"
    elif not case.expects_identity:
        yield f"authenticated as {outcome.user.name}"
    else:
        user = outcome.user
        extra = {key: list(values) for key, values in user.extra}
        for name, expected, found in (
            ("username", case.username, user.name),
            ("uid", case.uid, user.uid),
            ("groups", None if case.groups is None else sorted(case.groups), sorted(user.groups)),
            ("extra", case.extra, extra),
        ):
            if expected is not None and expected != found:
                yield f"{name} is {shown(found)}, not {shown(expected)}"
    if case.warnings is not None and sorted(case.warnings) != sorted(outcome.warnings):
        yield f"warnings are {shown(list(outcome.warnings))}, not {shown(case.warnings)}"


def reasons(outcome: Outcome) -> list[str]:
    """The causes: kube-apiserver puts "invalid bearer token" before them."""
    causes = list(outcome.reasons or (outcome.reason,)) if isinstance(outcome, Refused) else [_NOTHING]
    return [cause for cause in causes if cause != "invalid bearer token"] or causes


def explained(credentials: Credentials, outcome: Outcome, now: float) -> Iterator[str]:
    """Who it is, or why not, and what the credential says about itself."""
    if isinstance(outcome, Authenticated):
        yield f"authenticated: {shown(outcome.user.to_info())}"
    else:
        yield from (f"refused: {reason}" for reason in reasons(outcome))
    yield from (f"warning: {text}" for text in outcome.warnings)
    bearer = credentials.header("authorization").partition(" ")[2]
    for row in describe_certificates(credentials.certificates, now) + describe_token(bearer, now):
        yield f"{row.name}: {row.value}"
