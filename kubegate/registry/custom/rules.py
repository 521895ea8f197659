"""``x-kubernetes-validations``: CEL rules of a schema, compiled once.

Source: apiextensions-apiserver ``pkg/apiserver/schema/cel``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kubegate.cel import types
from kubegate.cel.ast import Ident, Node, walk
from kubegate.cel.environment import Environment, Program
from kubegate.cel.errors import CelError, InstantiationError, ReturnTypeError
from kubegate.cel.estimate import Sizes, estimate
from kubegate.cel.scope import Fields
from kubegate.cel.types import Type
from kubegate.registry.custom.sizes import Extent
from kubegate.registry.custom.spelling import escaped, field_path
from kubegate.registry.custom.structural import Schema, additional, items

ROOT = "selfType"
"""How the type of a whole value is named, and what those of its parts begin with: a name that stands for no value, for an
expression that writes a dotted name of a type means the type."""

_SCALARS = {"string": types.STRING, "integer": types.INT, "number": types.DOUBLE, "boolean": types.BOOL}
_METADATA: Fields = {"name": types.STRING, "generateName": types.STRING}


@dataclass(slots=True)
class Rule:
    """One compiled rule; ``uses_old``: it looks at the old value; ``path``: where its complaints belong, "" for the value
    itself."""

    source: dict[str, Any]
    program: Program
    message: Program | None
    uses_old: bool
    path: str = ""


@dataclass(slots=True)
class RuleTree:
    """The rules of a schema and of what is below it."""

    schema: Schema
    rules: list[Rule] = field(default_factory=list)
    properties: dict[str, RuleTree] = field(default_factory=dict)
    other: RuleTree | None = None

    def __bool__(self) -> bool:
        return bool(self.rules or any(self.properties.values()) or self.other)


class SelfTypes:
    """The CEL types of a schema's values. ``meta``: what can be seen of the metadata of objects."""

    def __init__(self, meta: Fields = _METADATA) -> None:
        self.objects: dict[str, Fields] = {}
        self._meta = meta

    def of(self, schema: Schema, path: str, *, resource: bool = False) -> Type | None:
        """The type of a schema's values, None if rules cannot see them; object types are named by their path."""
        kind = schema.get("type") or ""
        if schema.get("x-kubernetes-int-or-string"):
            return types.DYN
        if kind == "array":
            element = self.of(items(schema), f"{path}.@items")
            return None if element is None else types.list_of(element)
        if kind == "object" or resource:
            below = schema.get("additionalProperties")
            if isinstance(below, dict):
                value = self.of(below, f"{path}.@values")
                return None if value is None else types.map_of(types.STRING, value)
            return self._object(schema, path, resource or bool(schema.get("x-kubernetes-embedded-resource")))
        if kind == "string":
            special = {
                "byte": types.BYTES,
                "duration": types.DURATION,
                "date": types.TIMESTAMP,
                "date-time": types.TIMESTAMP,
            }
            return special.get(schema.get("format") or "", types.STRING)
        return _SCALARS.get(kind)

    def _object(self, schema: Schema, path: str, resource: bool) -> Type:
        fields: dict[str, Type] = {}
        if resource:
            self.objects[f"{path}.metadata"] = self._meta
            fields |= {"apiVersion": types.STRING, "kind": types.STRING, "metadata": types.object_type(f"{path}.metadata")}
        for name, below in (schema.get("properties") or {}).items():
            spelled = escaped(name)
            kind = self.of(below, f"{path}.{name}") if spelled and not (resource and name in fields) else None
            if spelled and kind is not None:
                fields[spelled] = kind
        self.objects[path] = fields
        return types.object_type(path)


def compile_rule(source: dict[str, Any], kind: Type, objects: dict[str, Fields]) -> tuple[Rule | None, str, str]:
    """The rule, or the complaint about it and the field that it is about (``rule``, ``messageExpression``)."""
    text = source.get("rule") or ""
    environment = _environment(source, kind, objects)
    try:
        program = environment.compile(text, (types.BOOL,))
    except ReturnTypeError:
        return None, "cel expression must evaluate to a bool", "rule"
    except InstantiationError as error:
        return None, f"program instantiation failed: {error.message}", "rule"
    except CelError as error:
        return None, f"compilation failed: {error.message}", "rule"
    message = None
    if source.get("messageExpression"):
        try:
            message = environment.compile(source["messageExpression"], (types.STRING,))
        except ReturnTypeError:
            return None, "messageExpression must evaluate to a string", "messageExpression"
        except CelError as error:
            return None, f"messageExpression compilation failed: {error.message}", "messageExpression"
    return Rule(source, program, message, _uses_old(environment.check(text)[1])), "", ""


def rule_costs(source: dict[str, Any], kind: Type, objects: dict[str, Fields], size: Extent) -> tuple[int, int | None]:
    """What a rule that compiles, and its message expression if it has one, cost at most for one value."""
    environment = _environment(source, kind, objects)
    texts = (source.get("rule") or "", source.get("messageExpression"))
    rule, message = (estimate(environment.check(text)[1], _bounds(size)) if text else None for text in texts)
    return rule or 0, message


def _bounds(size: Extent) -> Sizes:
    return lambda path: size.at(path[1:]) if path[0] in ("self", "oldSelf") else None


def _environment(source: dict[str, Any], kind: Type, objects: dict[str, Fields]) -> Environment:
    old = types.optional_of(kind) if source.get("optionalOldSelf") else kind
    return Environment({"self": kind, "oldSelf": old}, objects)


def _uses_old(tree: Node) -> bool:
    return any(isinstance(node, Ident) and node.name == "oldSelf" for node in walk(tree))


def compile_tree(schema: Schema, path: str = ROOT, *, resource: bool = True) -> RuleTree:
    """All rules of a schema; those that do not compile (refused when the definition was written) are left out."""
    tree = RuleTree(schema)
    sources = schema.get("x-kubernetes-validations") or ()
    if sources:
        kinds = SelfTypes()
        kind = kinds.of(schema, path, resource=resource)
        found = [] if kind is None else [compile_rule(source, kind, kinds.objects)[0] for source in sources]
        tree.rules = [rule for rule in found if rule is not None]
        for rule in tree.rules:
            rule.path = field_path(rule.source.get("fieldPath") or "", schema) or ""
    for name, below in (schema.get("properties") or {}).items():
        child = compile_tree(below, f"{path}.{name}", resource=False)
        if child:
            tree.properties[name] = child
    rest = items(schema) or additional(schema)
    if rest and (other := compile_tree(rest, f"{path}.@", resource=False)):
        tree.other = other
    return tree
