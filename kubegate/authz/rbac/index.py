"""The RBAC authorizer: decides by the index that `state.RbacState` keeps.

A decision looks at the user's own entry and at one for each of the user's groups, in the cluster's scope and in the
namespace's; so its cost does not depend on how many bindings there are. ClusterRoleBindings are asked before RoleBindings.
Source: kubernetes ``plugin/pkg/auth/authorizer/rbac``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kubegate.api.names import Object
from kubegate.api.user import User
from kubegate.authz.interface import NO_OPINION, Attributes, Decision, Determinant, Places, RuleList, Verdict, nowhere
from kubegate.authz.rbac.bindings import Binding, Role, RoleId
from kubegate.authz.rbac.holdings import Holdings
from kubegate.authz.rbac.merged import Hit
from kubegate.authz.rbac.rules import Rule
from kubegate.authz.rbac.scope import Scope, first_rule
from kubegate.authz.rbac.state import RbacState
from kubegate.errors import Location


class RbacAuthorizer(RbacState):
    """Decides from Roles, ClusterRoles and their bindings; feed it with `upsert` and `remove`."""

    def authorize(self, attributes: Attributes) -> Verdict:
        """ALLOW naming binding, role and subject; else NO_OPINION with the roles that were referred to in vain."""
        user = attributes.user
        found = []
        holdings = self._users.get(user.name)
        if holdings is not None:
            found.append(holdings)
        groups = self._groups
        for group in user.groups:
            holdings = groups.get(group)
            if holdings is not None:
                found.append(holdings)
        if not found:
            return NO_OPINION
        revision = self._revision
        hit = self._find(attributes, found, revision)
        if hit is None and self._revision != revision:
            with self._lock:  # a role changed in between: of its old and new rules each may have been missed
                hit = self._find(attributes, found, self._revision)
        if hit is not None:
            return hit
        if self._dangling:
            return self._refuse(attributes)
        return NO_OPINION

    def _find(self, attributes: Attributes, found: list[Holdings], revision: int) -> Verdict | None:
        """What allows, the cluster's scope first."""
        if not attributes.is_resource:
            for holdings in found:
                scope = holdings.cluster
                if scope is not None and (hit := scope.find_path(attributes.verb, attributes.path, revision)) is not None:
                    return self._allow(hit, attributes)
            return None
        tables = self._rules.tables_of(attributes)
        for holdings in found:
            scope = holdings.cluster
            if scope is not None and (hit := scope.find_resource(attributes, tables, revision)) is not None:
                return self._allow(hit, attributes)
        namespace = attributes.namespace
        for holdings in found if namespace else ():
            if holdings.namespace == namespace:
                role, scope = holdings.role, holdings.scope
                if role is not None:
                    # This way does not look at the scope and what is behind it, which nobody may have asked for in a while.
                    for table in tables:
                        rules = table.get(role)
                        if rules is not None and (rule := first_rule(rules, attributes)) is not None:
                            return holdings.verdicts.get(rule) or self._first_allow(rule, holdings, attributes)
                    continue
            else:
                scope = holdings.get(namespace)
            if scope is not None and (hit := scope.find_resource(attributes, tables, revision)) is not None:
                return self._allow(hit, attributes)
        return None

    def _allow(self, hit: Hit, attributes: Attributes) -> Verdict:
        rule, binding = hit
        position = binding.first_subject(attributes.user) if len(binding.keys) > 1 else 0
        verdicts = binding.verdicts
        if verdicts is None:
            verdicts = binding.verdicts = {}
        verdict = verdicts.get((rule, position))
        if verdict is None:
            verdict = verdicts[rule, position] = self._verdict(rule, binding, position)
        return verdict

    def _first_allow(self, rule: Rule, holdings: Holdings, attributes: Attributes) -> Verdict:
        assert holdings.scope is not None
        binding = holdings.scope.bindings[0]
        verdict = self._allow((rule, binding), attributes)
        if len(binding.keys) == 1:
            holdings.remember(rule, verdict)
        return verdict

    def _verdict(self, rule: Rule, binding: Binding, position: int) -> Verdict:
        role = binding.role
        stood = role.object  # None if it was removed while the decision was made

        def places() -> tuple[Location, ...]:
            of_role = self._locate(stood, f"rules[{rule.index}]") if stood is not None else None
            found = self._locate(binding.object, f"subjects[{position}]"), of_role
            return tuple(place for place in found if place is not None)

        own = f"{binding.namespace}/{binding.name}" if binding.namespace else binding.name
        determinant = Determinant(
            "RBAC",
            f"{binding.kind} {own} -> {role.id.kind}/{role.id.name}, rule {rule.index}",
            () if self._locate is nowhere else Places(places),
            (
                ("binding", {"kind": binding.kind, "namespace": binding.namespace, "name": binding.name}),
                ("role", {"kind": role.id.kind, "namespace": role.id.namespace, "name": role.id.name}),
                ("subject", binding.subjects[position]),
                ("ruleIndex", rule.index),
                ("rule", rule.source),
            ),
        )
        return Verdict(Decision.ALLOW, f"RBAC: allowed by {binding.describe(position)}", determinant)

    def _refuse(self, attributes: Attributes) -> Verdict:
        namespace = attributes.namespace if attributes.is_resource else ""
        missing = self.missing_roles(attributes.user, namespace)
        if not missing:
            return NO_OPINION
        text = missing[0] if len(missing) == 1 else "[" + ", ".join(missing) + "]"
        return Verdict(Decision.NO_OPINION, f"RBAC: {text}")

    # ---------------------------------------------------------------- questions beyond one decision

    def missing_roles(self, user: User, namespace: str) -> list[str]:
        """What the user's bindings refer to in vain (texts, each once); ClusterRoleBindings first."""
        if not self._dangling:
            return []
        return list(dict.fromkeys(text for scope in self._of(user, namespace) for text in scope.missing()))

    def granted_rules(self, user: User, namespace: str) -> Iterator[tuple[Rule, Binding]]:
        """Every rule that applies to the user in the namespace ("": the cluster's only), with its binding."""
        seen: set[int] = set()
        for scope in self._of(user, namespace):
            for binding in scope.bindings:
                if id(binding) in seen or binding.role.table is None:
                    continue
                seen.add(id(binding))
                for rule in binding.role.table.rules:
                    yield rule, binding

    def rules_for(self, user: User, namespace: str) -> RuleList:
        """All rules of all bindings, in their order; what is missing is an error but does not make it incomplete."""
        resource, non_resource = [], []
        for rule, _ in self.granted_rules(user, namespace):
            source = rule.source
            if source.get("resources"):
                fields = ("verbs", "apiGroups", "resources", "resourceNames")
                resource.append({field: list(source[field]) for field in fields if source.get(field)})
            if source.get("nonResourceURLs"):
                non_resource.append(
                    {field: list(source[field]) for field in ("verbs", "nonResourceURLs") if source.get(field)}
                )
        return RuleList(tuple(resource), tuple(non_resource), False, tuple(self.missing_roles(user, namespace)))

    def held_rules(self, user: User, namespace: str) -> Iterator[Mapping[str, Any]]:
        """Every PolicyRule that applies to the user in the namespace ("": the cluster's only)."""
        return (rule.source for rule, _ in self.granted_rules(user, namespace))

    def missing_role_names(self, user: User, namespace: str) -> list[str]:
        """The names of the roles that the user's bindings refer to in vain, each once."""
        if not self._dangling:
            return []
        names = (role.id.name for scope in self._of(user, namespace) for role, _ in scope.grants if role.table is None)
        return list(dict.fromkeys(names))

    def role(self, kind: str, namespace: str, name: str) -> Object | None:
        """A role's object, or None; the namespace counts for a Role only."""
        role = self._roles.get(RoleId(kind, namespace if kind == "Role" else "", name))
        return role.object if role else None

    def roles(self) -> Iterator[Role]:
        """Every role, also those that are referred to but missing."""
        return iter(list(self._roles.values()))

    def bindings(self) -> Iterator[Binding]:
        """Every binding."""
        return iter(list(self._bindings.values()))

    def locate(self, obj: Object, path: str) -> Location | None:
        """Where a part of a role or binding stands."""
        return self._locate(obj, path)

    def _of(self, user: User, namespace: str) -> Iterator[Scope]:
        tables = [self._users.get(user.name), *(self._groups.get(group) for group in dict.fromkeys(user.groups))]
        for scope_name in ("", namespace) if namespace else ("",):
            for holdings in tables:
                scope = holdings.get(scope_name) if holdings else None
                if scope is not None:
                    yield scope
