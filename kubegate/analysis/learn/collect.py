"""What users did, without repetition: memory grows with the kinds of requests, not with the length of the log.

Names count only up to the number that a rule may be limited to: what is done to more of them is done to any.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from kubegate.analysis.in_parallel import answers
from kubegate.analysis.replay.events import Recorded
from kubegate.api.user import MASTERS, User
from kubegate.authz.interface import Attributes, Authorizer
from kubegate.authz.rbac.rules import full_resource

UNNAMED_VERBS = frozenset({"create", "list", "watch", "deletecollection"})
"""Requests that carry no name (create), or need none: a rule with resourceNames would not allow them."""

ANY = ""
"""Instead of names: any."""

REMEMBERED = 200_000
"""Requests that are not asked about again; then they are forgotten, which costs time only."""

Resource = tuple[str, str]
"""(group, resource with subresource)"""


def always_named(verb: str) -> bool:
    """To impersonate anybody is to be anybody: such rules are limited to names, however many."""
    return verb == "impersonate" or verb.startswith("impersonate:")


@dataclass
class Scope:
    """What one user did in one namespace (or on the cluster's own resources): resource -> verb -> names."""

    resources: dict[Resource, dict[str, set[str]]] = field(default_factory=dict)

    def add(self, attributes: Attributes, names: int) -> None:
        """Note a request; more than so many names become any."""
        key = (attributes.group, full_resource(attributes))
        named = attributes.verb not in UNNAMED_VERBS or (attributes.verb == "create" and attributes.subresource != "")
        found = self.resources.setdefault(key, {}).setdefault(attributes.verb, set())
        if ANY not in found:
            found.add(attributes.name if named else ANY)
            if (len(found) > names and not always_named(attributes.verb)) or ANY in found:
                found.clear()
                found.add(ANY)


@dataclass
class Deeds:
    """What one user did: by namespace ("": cluster-scoped or in all namespaces), and on which paths with which verbs."""

    user: User
    scopes: dict[str, Scope] = field(default_factory=dict)
    paths: dict[str, set[str]] = field(default_factory=dict)

    def add(self, attributes: Attributes, names: int = 0) -> None:
        """Note a request; of resources up to so many names."""
        if attributes.is_resource:
            self.scopes.setdefault(attributes.namespace, Scope()).add(attributes, names)
        else:
            self.paths.setdefault(attributes.path, set()).add(attributes.verb)

    def requests(self) -> Iterable[Attributes]:
        """Every kind of request once, as questions."""
        for namespace, scope in self.scopes.items():
            for (group, resource), verbs in scope.resources.items():
                plain, _, subresource = resource.partition("/")
                for verb, names in verbs.items():
                    for name in names:
                        yield Attributes(self.user, verb, True, group, "*", plain, subresource, namespace, name)
        for path, path_verbs in self.paths.items():
            for verb in path_verbs:
                yield Attributes(self.user, verb, False, path=path)


def collect(
    recorded: Iterable[Recorded],
    given: Authorizer,
    patterns: Sequence[str] = (),
    *,
    denied: bool = False,
    names: int = 0,
    failed: Callable[[Sequence[str]], None] = lambda errors: None,
) -> list[Deeds]:
    """The deeds of each user that ``given`` does not allow anyway, by name.

    ``patterns`` choose users by name (``*`` stands for any text); without, all but the system's own and members of
    system:masters. ``denied``: also what was refused when it was recorded. ``names``: of how many names of one kind of thing
    a note is kept. ``failed`` hears the errors of each answer that does not allow. Webhooks are asked many at a time.
    """
    found: dict[str, Deeds] = {}
    wanted = _new(request.attributes for request in recorded if _counts(request, patterns, denied=denied))
    for attributes, verdict in answers(lambda asked: (asked, given.authorize(asked)), wanted, given):
        if not verdict.allowed:
            found.setdefault(attributes.user.name, Deeds(attributes.user)).add(attributes, names)
            failed(verdict.errors)
    return [found[name] for name in sorted(found)]


def _counts(request: Recorded, patterns: Sequence[str], *, denied: bool) -> bool:
    return (request.allowed or denied) and _wanted(request.attributes.user, patterns)


def _new(questions: Iterable[Attributes]) -> Iterator[Attributes]:
    """Those that were not there before."""
    seen: set[tuple[str, ...]] = set()
    for attributes in questions:
        key = _key(attributes)
        if key in seen:
            continue
        if len(seen) >= REMEMBERED:
            seen.clear()
        seen.add(key)
        yield attributes


def _wanted(user: User, patterns: Sequence[str]) -> bool:
    if patterns:
        return any(fnmatch.fnmatchcase(user.name, pattern) for pattern in patterns)
    own = user.name.startswith("system:serviceaccount:") and not user.name.startswith("system:serviceaccount:kube-system:")
    return (own or not user.name.startswith("system:")) and MASTERS not in user.groups


def _key(attributes: Attributes) -> tuple[str, ...]:
    return (
        attributes.user.name,
        attributes.verb,
        attributes.group,
        attributes.resource,
        attributes.subresource,
        attributes.namespace,
        attributes.name,
        attributes.path,
    )
