"""The RBAC authorizer: decides by the index that `state.RbacState` keeps.

A decision looks at what the user and each of the user's groups hold in the cluster's scope, then in the namespace's; so its
cost does not depend on how many bindings there are. ClusterRoleBindings are asked before RoleBindings.
Source: kubernetes ``plugin/pkg/auth/authorizer/rbac``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kubegate.api.names import Object
from kubegate.api.user import User
from kubegate.authz.interface import NO_OPINION, Attributes, Decision, RuleList, Verdict
from kubegate.authz.rbac.bindings import Binding, Role, RoleId
from kubegate.authz.rbac.holding import Holding
from kubegate.authz.rbac.merged import Hit
from kubegate.authz.rbac.rows import Row
from kubegate.authz.rbac.rules import Rule
from kubegate.authz.rbac.state import RbacState
from kubegate.authz.rbac.verdict import allowed_by
from kubegate.errors import Location


class RbacAuthorizer(RbacState):
    """Decides from Roles, ClusterRoles and their bindings; feed it with `upsert` and `remove`."""

    def authorize(self, attributes: Attributes) -> Verdict:
        """ALLOW naming binding, role and subject; else NO_OPINION with the roles that were referred to in vain."""
        if not attributes.is_resource:
            return self._authorize_path(attributes)
        # What follows is written out in one piece: a call costs as much as a look into a table.
        rows, holders = self._rows, self._holders
        revision = rows.revision
        namespace, user = attributes.namespace, attributes.user
        try:
            row = rows.by_action[attributes.verb, attributes.group, attributes.resource, attributes.subresource]
        except KeyError:
            with self._lock:
                row = rows.make(attributes)
        name, verdict = user.name, None
        if name in holders.cluster_users and (holding := holders.cluster_users.get(name)) is not None:
            verdict = self._ask(holding, row, attributes)
        if verdict is None:
            elsewhere: tuple[dict[str, Holding], ...] = ()
            groups = holders.groups
            for group in user.groups:
                if group in groups and (held := groups.get(group)) is not None:
                    holding = held.cluster
                    if holding is not None and row not in holding.refused:
                        verdict = self._ask(holding, row, attributes)
                        if verdict is not None:
                            break
                    if held.namespaces is not None:
                        elsewhere += (held.namespaces,)
            if verdict is None and namespace:
                holding = holders.users.get(f"{namespace}\0{name}")
                if holding is None and holders.odd:
                    holding = holders.odd.get((namespace, name))
                if holding is not None:
                    verdict = holding.allowed if holding.row is row else self._ask(holding, row, attributes)
                if verdict is None:
                    for namespaces in elsewhere:
                        holding = namespaces.get(namespace)
                        if holding is not None:
                            verdict = holding.allowed if holding.row is row else self._ask(holding, row, attributes)
                            if verdict is not None:
                                break
        if revision & 1 or rows.revision != revision:
            with self._lock:  # a role changed meanwhile: its old and new rules may have been mixed
                return self.authorize(attributes)
        if verdict is not None:
            return verdict
        if self._dangling:
            in_vain = self._in_vain
            if in_vain is None or name in in_vain or not in_vain.isdisjoint(user.groups):
                return self._refuse(attributes)
        return NO_OPINION

    def _authorize_path(self, attributes: Attributes) -> Verdict:
        """The same of a non-resource request."""
        for holding in self._of(attributes.user, ""):
            hit = holding.find_path(attributes.verb, attributes.path, self._revision)
            if hit is not None:
                return self._allow(hit, attributes)
        return self._refuse(attributes) if self._dangling else NO_OPINION

    def _ask(self, holding: Holding, row: Row, attributes: Attributes) -> Verdict | None:
        """What allows among the bindings of one subject in one scope."""
        if holding.row is row:
            return holding.allowed
        role = holding.role
        if role is None:
            return None if row in holding.refused else self._ask_several(holding, row, attributes)
        try:
            if role.bit & row.always[role.byte]:
                return holding.others.get(row) or self._look(holding, row, attributes, keep=True)
            if row.named is None or not role.bit & row.named[role.byte]:
                return None
        except IndexError:
            return None  # the role came after the row: there was a change, and the caller looks again
        return self._look(holding, row, attributes, keep=False)

    def _ask_several(self, holding: Holding, row: Row, attributes: Attributes) -> Verdict | None:
        """The same of bindings to more than one role."""
        verdict = holding.others.get(row)
        if verdict is not None:
            return verdict
        with self._lock:
            if not holding.may_allow(row):
                return None
        return self._look(holding, row, attributes, keep=row.named is None)

    def _look(self, holding: Holding, row: Row, attributes: Attributes, *, keep: bool) -> Verdict | None:
        """Find the rule; ``keep`` the verdict if it does not depend on the object's name, nor on who else is named."""
        hit = holding.find_resource(attributes, self._revision)
        if hit is None:
            return None
        verdict = self._allow(hit, attributes)
        if keep and len(hit[1].keys) == 1:
            with self._lock:
                holding.remember(row, verdict)
        return verdict

    def _allow(self, hit: Hit, attributes: Attributes) -> Verdict:
        rule, binding = hit
        position = binding.first_subject(attributes.user) if len(binding.keys) > 1 else 0
        verdicts = binding.verdicts
        if verdicts is None:
            verdicts = binding.verdicts = {}
        verdict = verdicts.get((rule, position))
        if verdict is None:
            verdict = verdicts[rule, position] = allowed_by(rule, binding, position, self._locate)
        return verdict

    def _refuse(self, attributes: Attributes) -> Verdict:
        """NO_OPINION where some roles are missing: the user may be one of those who were given them."""
        user, names = attributes.user, self.named_in_vain()
        if user.name not in names and names.isdisjoint(user.groups):
            return NO_OPINION
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
        """The names of the roles that the user's bindings refer to in vain, each once, in the order of a store: those of
        ClusterRoleBindings first, by the bindings' names."""
        if not self._dangling:
            return []
        bindings = (binding for scope in self._of(user, namespace) for binding in scope.bindings)
        found = sorted(
            (binding.namespace, binding.name, binding.role.id.name) for binding in bindings if not binding.role.table
        )
        return list(dict.fromkeys(name for _, _, name in found))

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

    def _of(self, user: User, namespace: str) -> Iterator[Holding]:
        """What the user and the groups hold, the cluster's scope first."""
        holders, groups = self._holders, dict.fromkeys(user.groups)
        for scope in ("", namespace) if namespace else ("",):
            held = [holders.user(scope, user.name), *(holders.group(scope, group) for group in groups)]
            yield from (holding for holding in held if holding is not None)
