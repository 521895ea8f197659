"""Deciding by the policies of a file: the first that matches allows; none has no opinion."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from kubegate.api.user import User
from kubegate.authz.abac.policy import Policy
from kubegate.authz.interface import Attributes, Decision, Determinant, RuleList, Verdict

READ_ONLY_VERBS = frozenset({"get", "list", "watch"})

_NO_MATCH = Verdict(Decision.NO_OPINION, "No policy matched.")


class AbacAuthorizer:
    """Policies indexed by subject, so that a decision looks only at those of the user and the user's groups."""

    def __init__(self, policies: Iterable[Policy], *, file: str = "") -> None:
        """``file``: where the lines stand, for those who would add one."""
        self.policies = tuple(policies)
        self.file = file
        self._by_user: dict[str, list[tuple[int, Policy]]] = defaultdict(list)
        self._by_group: dict[str, list[tuple[int, Policy]]] = defaultdict(list)
        for position, policy in enumerate(self.policies):
            if policy.group:
                self._by_group[policy.group].append((position, policy))
            elif policy.user:
                self._by_user[policy.user].append((position, policy))
            # A policy with neither matches nobody.

    def authorize(self, attributes: Attributes) -> Verdict:
        """ALLOW with an empty reason if a policy matches, else NO_OPINION."""
        for policy in self._of(attributes.user):
            if _matches(policy, attributes):
                return Verdict(
                    Decision.ALLOW,
                    determined_by=Determinant("ABAC", f"policy of line {policy.location.line}", (policy.location,)),
                )
        return _NO_MATCH

    def matching(self, attributes: Attributes) -> Iterator[Policy]:
        """The policies that allow this to their user or group, whoever asks here, in the order of the file."""
        return (policy for policy in self.policies if (policy.user or policy.group) and _matches(policy, attributes))

    def rules_for(self, user: User, namespace: str) -> RuleList:
        """The rules of all policies of the user for a namespace, in the order of the file."""
        resource, non_resource = [], []
        for _, policy in sorted(self._numbered(user)):
            if policy.namespace not in ("*", namespace):
                continue
            verbs = ["get", "list", "watch"] if policy.readonly else ["*"]
            if policy.resource:
                resource.append({"verbs": verbs, "apiGroups": [policy.api_group], "resources": [policy.resource]})
            if policy.non_resource_path:
                non_resource.append({"verbs": verbs, "nonResourceURLs": [policy.non_resource_path]})
        return RuleList(tuple(resource), tuple(non_resource))

    def _of(self, user: User) -> Iterator[Policy]:
        return (policy for _, policy in self._numbered(user))

    def _numbered(self, user: User) -> Iterator[tuple[int, Policy]]:
        yield from self._by_user.get(user.name, ())
        for group in dict.fromkeys(user.groups):
            for numbered in self._by_group.get(group, ()):
                if not numbered[1].user or numbered[1].user == user.name:
                    yield numbered


def _matches(policy: Policy, attributes: Attributes) -> bool:
    if policy.readonly and attributes.verb not in READ_ONLY_VERBS:
        return False
    if attributes.is_resource:
        return (
            policy.namespace in ("*", attributes.namespace)
            and policy.resource in ("*", attributes.resource)
            and policy.api_group in ("*", attributes.group)
        )
    return covers_path(policy.non_resource_path, attributes.path)


def covers_path(pattern: str, path: str) -> bool:
    """Whether a line's ``nonResourcePath`` covers a path: all stars at its end stand for any text."""
    return pattern in ("*", path) or (pattern.endswith("*") and path.startswith(pattern.rstrip("*")))
