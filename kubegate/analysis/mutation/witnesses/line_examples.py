"""Requests that an ABAC file and a mutant of it decide differently: all there are, up to names that the file does not know.

A line compares each attribute with one text or takes any, so that one more value stands for all that no line names. Only the
lines that are about the changed line's subject count, before and after the change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

from kubegate.analysis.mutation.mutant import Mutant
from kubegate.analysis.mutation.operators.abac import line_policy
from kubegate.analysis.mutation.witnesses.examples import Example, request_text
from kubegate.api.user import AUTHENTICATED, User
from kubegate.authz.abac.authorizer import AbacAuthorizer
from kubegate.authz.abac.policy import Policy
from kubegate.authz.interface import Attributes

_VERBS = ("get", "create")
_OTHERS = {"namespace": ("default", "other"), "resource": ("secrets", "others"), "api_group": ("", "other.example")}
_SOMEBODY = "somebody"


def mutated_lines(member: AbacAuthorizer, mutant: Mutant) -> AbacAuthorizer:
    """The file with the mutant's line in the place of the original."""
    place = mutant.location
    changed = (line_policy(mutant.mutated, place),) if mutant.mutated is not None else ()
    at = next(index for index, policy in enumerate(member.policies) if policy.location == place)
    return AbacAuthorizer((*member.policies[:at], *changed, *member.policies[at + 1 :]))


def line_examples(member: AbacAuthorizer, mutant: Mutant) -> list[Example] | None:
    """The requests, None if there are none."""
    other = mutated_lines(member, mutant)
    lines = [policy for authorizer in (member, other) for policy in authorizer.policies]
    touched = [policy for policy in lines if policy.location == mutant.location]
    found = []
    for name, groups in dict.fromkeys(map(_subject, touched)):
        user = User.of(name, (*groups, AUTHENTICATED))
        near = [policy for policy in lines if _is_about(policy, user)]
        for asked in _requests(user, near):
            if member.authorize(asked).allowed is not other.authorize(asked).allowed:
                text = request_text(asked) if asked.is_resource else f"{asked.verb} {asked.path}"
                found.append(Example(name, groups, asked.namespace, text))
    return found or None


def _subject(policy: Policy) -> tuple[str, tuple[str, ...]]:
    groups = (policy.group,) if policy.group and policy.group != AUTHENTICATED else ()
    return policy.user or _SOMEBODY, groups


def _is_about(policy: Policy, user: User) -> bool:
    return (not policy.user or policy.user == user.name) and (not policy.group or policy.group in user.groups)


def _requests(user: User, policies: Iterable[Policy]) -> Iterator[Attributes]:
    policies = list(policies)
    values = [_values(policies, field, others) for field, others in _OTHERS.items()]
    for namespace, resource, group in product(*values):
        for verb in _VERBS:
            yield Attributes(user, verb, True, group, "*", resource, "", namespace, "")
    patterns = [policy.non_resource_path for policy in policies if policy.non_resource_path]
    for path in dict.fromkeys((*(pattern.replace("*", "x") for pattern in patterns), "/other")):
        for verb in _VERBS:
            yield Attributes(user, verb, False, path=path if path.startswith("/") else f"/{path}")


def _values(policies: Iterable[Policy], field: str, others: tuple[str, ...]) -> list[str]:
    known = [str(getattr(policy, field)) for policy in policies]
    named = list(dict.fromkeys(value for value in known if value not in ("", "*")))
    return [*named, *(value for value in others if value not in named)]
