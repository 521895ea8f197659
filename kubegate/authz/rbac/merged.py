"""The rules of many roles in one scope, merged when they are first asked for."""

from __future__ import annotations

from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.bindings import Binding, Role
from kubegate.authz.rbac.rules import Rule, full_resource, resource_keys

Hit = tuple[Rule, Binding]
_Flat = dict[tuple[str | None, str | None], dict[str | None, Hit]]
"""(verb, group) -> name -> what allows; None stands for ``*`` and for any name."""


class Merged:
    """The rules of many roles by resource and path; what a resource's rules say of verbs, groups and names is spread out
    when the resource is first asked for."""

    __slots__ = ("_flat", "_flat_paths", "_lengths", "_paths", "_prefixes", "_resources", "revision")

    def __init__(self, grants: tuple[tuple[Role, Binding], ...], revision: int) -> None:
        self.revision = revision
        self._resources: dict[str, list[Hit]] = {}
        self._paths: dict[str, list[Hit]] = {}
        self._prefixes: dict[str, list[Hit]] = {}
        self._flat: dict[str, _Flat] = {}
        for role, binding in grants:
            if role.table is None:
                continue
            for source, into in (
                (role.table.resources, self._resources),
                (role.table.paths, self._paths),
                (role.table.prefixes, self._prefixes),
            ):
                for key, rules in source.items():
                    into.setdefault(key, []).extend((rule, binding) for rule in rules)
        self._lengths = sorted({len(prefix) for prefix in self._prefixes})
        self._flat_paths: dict[tuple[bool, str], dict[str | None, Hit]] = {}

    def find_resource(self, attributes: Attributes) -> Hit | None:
        verb, group, name = attributes.verb, attributes.group, attributes.name
        for key in resource_keys(full_resource(attributes), attributes.subresource):
            if key not in self._resources:
                continue
            flat = self._flat.get(key)
            if flat is None:
                flat = self._flat[key] = _spread(self._resources[key])
            for pair in ((verb, group), (None, group), (verb, None), (None, None)):
                names = flat.get(pair)
                if names is not None:
                    hit = names.get(None) or names.get(name)
                    if hit is not None:
                        return hit
        return None

    def find_path(self, verb: str, path: str) -> Hit | None:
        hit = self._path(False, path, self._paths, verb)
        for length in self._lengths:
            if hit is not None:
                break
            hit = self._path(True, path[:length], self._prefixes, verb)
        return hit

    def _path(self, prefix: bool, key: str, table: dict[str, list[Hit]], verb: str) -> Hit | None:
        if key not in table:
            return None
        verbs = self._flat_paths.get((prefix, key))
        if verbs is None:
            verbs = self._flat_paths[prefix, key] = {}
            for hit in table[key]:
                for each in hit[0].verbs if hit[0].verbs is not None else (None,):
                    verbs.setdefault(each, hit)
        return verbs.get(verb) or verbs.get(None)


def _spread(hits: list[Hit]) -> _Flat:
    flat: _Flat = {}
    for hit in hits:
        rule = hit[0]
        names = rule.names if rule.names is not None else (None,)
        for verb in rule.verbs if rule.verbs is not None else (None,):
            for group in rule.groups if rule.groups is not None else (None,):
                by_name = flat.setdefault((verb, group), {})
                for name in names:
                    by_name.setdefault(name, hit)
    return flat
