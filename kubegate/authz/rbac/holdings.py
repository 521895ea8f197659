"""What one subject is granted, by scope, and the verdicts that are known of it."""

from __future__ import annotations

from collections.abc import Mapping

from kubegate.authz.interface import Verdict
from kubegate.authz.rbac.rules import Rule
from kubegate.authz.rbac.scope import Scope

MOST_VERDICTS = 64
"""More than these are not remembered: a role may have changed its rules often."""

_NOTHING: Mapping[Rule, Verdict] = {}


class Holdings:
    """What one subject is granted, by scope.

    Most subjects have bindings in the cluster's scope and in one namespace at most: those stand here without a dictionary of
    their own, and so does the role if it is the only one there: following pointers through cold memory is what a decision
    among 100,000 bindings spends its time on.
    """

    __slots__ = ("cluster", "namespace", "others", "role", "scope", "verdicts")

    def __init__(
        self,
        cluster: Scope | None = None,
        namespace: str = "",
        scope: Scope | None = None,
        others: dict[str, Scope] | None = None,
    ) -> None:
        self.cluster = cluster
        self.namespace = namespace
        self.scope = scope  # that of `namespace`
        self.role = scope.only if scope else None
        # Of `scope`, by rule, where they do not depend on who else is named: making one costs more than deciding.
        self.verdicts: Mapping[Rule, Verdict] = _NOTHING
        self.others = others

    def get(self, namespace: str) -> Scope | None:
        """The scope of a namespace, or of the cluster (""); None if nothing is granted there."""
        if not namespace:
            return self.cluster
        if namespace == self.namespace:
            return self.scope
        return self.others.get(namespace) if self.others else None

    def changed(self, namespace: str, scope: Scope | None) -> Holdings:
        """What is held once a scope is put in its place, or (None) taken away.

        Readers take no lock: a name and its scope are never changed but replaced together, so that nobody takes one
        namespace's scope for another's. The dictionary of the others is shared, since it has its names in itself."""
        if not namespace:
            return Holdings(scope, self.namespace, self.scope, self.others)
        if namespace == self.namespace:
            return Holdings(self.cluster, namespace if scope else "", scope, self.others)
        if scope is None:
            if self.others:
                self.others.pop(namespace, None)
            return self
        if not self.namespace and not (self.others and namespace in self.others):
            return Holdings(self.cluster, namespace, scope, self.others)
        if self.others is None:
            return Holdings(self.cluster, self.namespace, self.scope, {namespace: scope})
        self.others[namespace] = scope
        return self

    def remember(self, rule: Rule, verdict: Verdict) -> None:
        """Keep a verdict of the scope's only binding. Those of rules that are no more are never asked for again."""
        old = self.verdicts if len(self.verdicts) < MOST_VERDICTS else _NOTHING
        self.verdicts = {**old, rule: verdict}

    @property
    def empty(self) -> bool:
        return self.cluster is None and self.scope is None and not self.others
