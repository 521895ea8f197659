"""Checks a policy's expressions against the types of the objects that it is about: the warnings in ``status.typeChecking``.

Wildcards, subresources and kinds without a known type are not checked; warnings change nothing of what a policy does.

Source: k8s.io/apiserver ``pkg/admission/plugin/policy/validating/typechecking.go``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from kubegate.admission.policies.expressions import Compiler
from kubegate.admission.policies.validating.object_types import FindTypes, object_types
from kubegate.api.catalog import Catalog
from kubegate.api.names import GroupVersionKind, GroupVersionResource, split_api_version
from kubegate.cel.environment import Environment
from kubegate.cel.errors import CelError
from kubegate.cel.scope import Fields
from kubegate.cel.types import Type

MAX_TYPES = 10


def type_warnings(spec: Mapping[str, Any], catalog: Catalog, types: FindTypes = object_types) -> list[dict[str, str]]:
    """The ``expressionWarnings`` of a ValidatingAdmissionPolicy."""
    compilers = [(kind, _compiler(spec, kind, types)) for kind in _kinds(spec, catalog) if types(kind) is not None]
    found: list[dict[str, str]] = []
    for index, validation in enumerate(spec.get("validations") or ()):
        for field in ("expression", "messageExpression"):
            text = validation.get(field) or ""
            warning = "".join(_complaints(text, compilers)) if text else ""
            if warning:
                found.append({"fieldRef": f"spec.validations[{index}].{field}", "warning": warning})
    return found


def _complaints(text: str, compilers: list[tuple[GroupVersionKind, Compiler]]) -> Iterator[str]:
    for kind, compiler in compilers:
        try:
            compiler.environment(authorizer=True).compile(text)
        except CelError as error:
            yield f"{kind.api_version if kind.group else '/' + kind.version}, Kind={kind.kind}: {error.message}\n"


def _kinds(spec: Mapping[str, Any], catalog: Catalog) -> list[GroupVersionKind]:
    found: set[GroupVersionKind] = set()
    for rule in (spec.get("matchConstraints") or {}).get("resourceRules") or ():
        groups, versions = rule.get("apiGroups") or (), rule.get("apiVersions") or ()
        if "*" in groups or "*" in versions:
            continue
        resources = [name for name in rule.get("resources") or () if "*" not in name and "/" not in name]
        for group, version, name in product(groups, versions, resources):
            resource = catalog.resource(GroupVersionResource(group, version, name))
            if resource is not None and len(found) < MAX_TYPES:
                found.add(resource.kind)
    return sorted(found)


def _compiler(spec: Mapping[str, Any], kind: GroupVersionKind, types: FindTypes) -> Compiler:
    variables: dict[str, Type] = {}
    objects: dict[str, Fields] = {}
    own = types(kind)
    if own is not None:
        variables |= {"object": own[0], "oldObject": own[0]}
        objects |= own[1]
    param = spec.get("paramKind")
    given = types(GroupVersionKind(*split_api_version(param["apiVersion"]), param["kind"])) if param else None
    if given is not None:
        variables["params"] = given[0]
        objects |= given[1]

    def typed(environment: Environment) -> Environment:
        return environment.extend(variables, objects)

    return Compiler(spec.get("variables") or (), params=given is not None, typed=typed)
