"""Why a request is not allowed by RBAC: the grants that miss it narrowly, nearest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubegate.analysis.explain.misses.aggregation import source_of
from kubegate.analysis.explain.misses.miss import DANGLING, NAMESPACE, SUBJECT, UNBOUND, Miss, ranked
from kubegate.analysis.explain.misses.rule_failures import failures
from kubegate.api.go import quote
from kubegate.api.user import User
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.bindings import Binding, Role, describe_subject
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.authz.rbac.rules import Rule
from kubegate.errors import Location


def nearest_misses(index: RbacAuthorizer, attributes: Attributes, *, limit: int = 5) -> list[Miss]:
    """The nearest misses of RBAC, at most ``limit``, of one kind at most three."""
    return ranked(_all(index, attributes), limit)


def _all(index: RbacAuthorizer, attributes: Attributes) -> Iterator[Miss]:
    namespace = attributes.namespace if attributes.is_resource else ""
    yield from _dangling(index, attributes, namespace)
    for rule, binding in index.granted_rules(attributes.user, namespace):
        yield from _narrow_rule(index, attributes, rule, binding)
    for role in index.roles():
        if role.table is None:
            continue
        allowing = role.table.find(attributes)
        if allowing is not None:
            yield from _right_role(index, attributes, role, allowing, namespace)


def _dangling(index: RbacAuthorizer, attributes: Attributes, namespace: str) -> Iterator[Miss]:
    for binding in index.bindings():
        if binding.role.table is None and binding.namespace in ("", namespace) and binding.names(attributes.user):
            role = binding.role.id
            text = f"{title(binding)} gives {role.kind} {role.name}, which does not exist"
            yield Miss(
                DANGLING, text, f"create {role.kind} {role.name}, or correct the name in roleRef", _places(index, binding)
            )


def _narrow_rule(index: RbacAuthorizer, attributes: Attributes, rule: Rule, binding: Binding) -> Iterator[Miss]:
    failed = failures(rule, attributes)
    if len(failed) != 1:
        return
    kind, lacks, remedy = failed[0]
    role = binding.role
    text = f"{title(binding)} gives {role_title(role)}, whose rule {rule.index} {lacks}"
    source = None if _is_internal(role.id.name) else source_of(index, role, rule)
    others, shared = _shared(binding, [role, *(source[:1] if source else ())], attributes.user)
    if _is_internal(role.id.name):
        remedy = f"leave {role_title(role)} to the system, and grant it by a role of your own"
        yield Miss(kind, text, remedy, _places(index, binding, rule), others)
        return
    if source is None:
        remedy = f"{remedy} rules[{rule.index}] of {role_title(role)}{shared}"
        yield Miss(kind, text, remedy, _places(index, binding, rule), others)
        return
    # What is written into the rules of an aggregated role does not stay there.
    feeding, own = source
    remedy = f"{remedy} rules[{own.index}] of {role_title(feeding)}, which {role_title(role)} is aggregated from{shared}"
    place = index.locate(feeding.object, f"rules[{own.index}]") if feeding.object is not None else None
    yield Miss(kind, text, remedy, (*_places(index, binding), *((place,) if place else ())), others)


def _shared(binding: Binding, roles: Sequence[Role], user: User) -> tuple[int, str]:
    """How many others have the roles, and that in words: a change of the roles is one for them too."""
    keys = {key for role in roles for other in role.bindings.values() for key in other.keys if key is not None}
    through = [key.name for key in binding.keys if key is not None and key.is_group and key.name in user.groups]
    own = {(True, name) for name in through} | {(False, user.name)}
    others = sum(key not in own for key in keys)
    parts = [f"everybody in Group {quote(name)}" for name in through[:1] if (False, user.name) not in binding.keys]
    parts += [f"{others} other subject{'s' * (others != 1)}"] if others else []
    return others + len(parts), f" (this gives it to {' and '.join(parts)} too)" if parts else ""


def _right_role(index: RbacAuthorizer, attributes: Attributes, role: Role, rule: Rule, namespace: str) -> Iterator[Miss]:
    """A role that would allow: it may be bound elsewhere, to others, or not at all."""
    size = _size(role)
    if role.id.namespace and role.id.namespace != namespace:
        yield from _role_of_another_namespace(index, attributes, role, rule, namespace)
        return
    bound_elsewhere = [binding for binding in role.bindings.values() if binding.names(attributes.user)]
    for binding in bound_elsewhere:
        if binding.namespace and not attributes.is_resource:
            text = f"{title(binding)} gives {role_title(role)}, but paths are granted by ClusterRoleBindings only"
            remedy = f"bind {role_title(role)} with a ClusterRoleBinding"
        elif binding.namespace:
            where = f"namespace {namespace}" if namespace else "all namespaces or the cluster's own resources"
            text = f"{title(binding)} gives {role_title(role)} in namespace {binding.namespace}, the request is for {where}"
            remedy = (
                f"bind {role_title(role)} in {where}" if namespace else f"bind {role_title(role)} with a ClusterRoleBinding"
            )
        else:
            continue
        yield Miss(NAMESPACE, text, remedy, _places(index, binding, rule), size)
    if _is_internal(role.id.name):
        return
    for binding in role.bindings.values():
        if binding in bound_elsewhere or binding.namespace not in ("", namespace) or _is_internal(binding.name):
            continue
        subjects = ", ".join(describe_subject(subject, binding.namespace) for subject in binding.subjects[:3])
        more = f" and {len(binding.subjects) - 3} more" if len(binding.subjects) > 3 else ""
        text = f"{title(binding)} gives {role_title(role)} to {subjects or 'nobody'}{more}{_alike(binding, attributes)}"
        remedy = f"add the user to the subjects of {title(binding)}"
        yield Miss(SUBJECT, text, remedy, _places(index, binding, rule), size)
    if not bound_elsewhere and not any(binding.namespace in ("", namespace) for binding in role.bindings.values()):
        place = index.locate(role.object, f"rules[{rule.index}]") if role.object else None
        where = "" if not role.bindings else f" in namespace {namespace}" if namespace else " in all namespaces"
        text = f"{role_title(role)} would allow it by rule {rule.index}, but nothing binds it{where}"
        kind = "RoleBinding" if namespace else "ClusterRoleBinding"
        yield Miss(UNBOUND, text, f"bind {role_title(role)} by a {kind}", (place,) if place else (), size)


def _role_of_another_namespace(
    index: RbacAuthorizer, attributes: Attributes, role: Role, rule: Rule, namespace: str
) -> Iterator[Miss]:
    """A Role cannot be bound elsewhere: another one like it is needed."""
    where, kind = (f"namespace {namespace}", "Role") if namespace else ("all namespaces", "ClusterRole")
    for binding in role.bindings.values() if attributes.is_resource else ():
        if binding.names(attributes.user):
            text = f"{title(binding)} gives {role_title(role)}, which holds in its own namespace, the request is for {where}"
            remedy = f"make a {kind} like {role_title(role)} for {where} and bind that"
            yield Miss(NAMESPACE, text, remedy, _places(index, binding, rule), _size(role))


def _is_internal(name: str) -> bool:
    """A role or binding of the system's own: nobody should be added to it."""
    return name.startswith("system:") or name == "cluster-admin"


def _alike(binding: Binding, attributes: Attributes) -> str:
    """A hint if a subject is nearly the user: other case, a group named as a user, an account of another namespace."""
    user = attributes.user
    for subject in binding.subjects:
        name, kind = str(subject.get("name") or ""), subject.get("kind")
        if kind == "User" and name in user.groups:
            return f": {quote(name)} is a group of the user, but the subject says kind User"
        if kind == "Group" and name == user.name:
            return f": {quote(name)} is the user's name, but the subject says kind Group"
        if kind == "User" and name != user.name and name.lower() == user.name.lower():
            return ": the case of the letters differs"
        if kind == "ServiceAccount" and user.name.endswith(f":{name}") and user.name.startswith("system:serviceaccount:"):
            return ": the service account is one of another namespace"
    return ""


def title(binding: Binding) -> str:
    """``RoleBinding shop/readers``."""
    return f"{binding.kind} {binding.namespace + '/' if binding.namespace else ''}{binding.name}"


def role_title(role: Role) -> str:
    """``ClusterRole view``, ``Role shop/reader``."""
    return f"{role.id.kind} {role.id.namespace + '/' if role.id.namespace else ''}{role.id.name}"


def _places(index: RbacAuthorizer, binding: Binding, rule: Rule | None = None) -> tuple[Location, ...]:
    places = [index.locate(binding.object, "")]
    if rule is not None and binding.role.object is not None:
        places.append(index.locate(binding.role.object, f"rules[{rule.index}]"))
    return tuple(place for place in places if place is not None)


def _size(role: Role) -> int:
    """Roughly how much a role allows; ``*`` counts for a lot."""
    total = 0
    for rule in role.table.rules if role.table else ():
        parts = 1
        for key in ("verbs", "resources", "apiGroups", "nonResourceURLs"):
            values: Sequence[str] = rule.source.get(key) or ("",)
            parts *= 50 if "*" in values else len(values)
        total += parts
    return total
