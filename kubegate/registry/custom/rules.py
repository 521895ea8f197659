"""``x-kubernetes-validations``: CEL rules of a schema, compiled once and evaluated on every write.

Source: apiextensions-apiserver ``pkg/apiserver/schema/cel``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kubegate.api.field_errors import OMIT, FieldError, forbidden, invalid, required
from kubegate.cel import types
from kubegate.cel.ast import Ident, Node, walk
from kubegate.cel.environment import Environment, Program
from kubegate.cel.errors import CelError, CostExceeded, EvaluationError, InstantiationError, ReturnTypeError
from kubegate.cel.estimate import Sizes, estimate
from kubegate.cel.scope import Fields
from kubegate.cel.times import parse_duration, parse_timestamp
from kubegate.cel.types import Type
from kubegate.cel.values import Optional
from kubegate.registry.custom.sizes import Extent
from kubegate.registry.custom.spelling import escaped, field_path
from kubegate.registry.custom.structural import Schema, additional, items
from kubegate.registry.custom.values import ABSENT, ROOT, correlate, item_key, same

BUDGET = 10_000_000
"""What the rules about one object may cost together. Source: apiserver ``pkg/apis/cel/config.go``."""
MESSAGE_BYTES = 5 * 1024
"""A message expression's value that is longer is not used."""

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
    """The CEL types of a schema's values."""

    def __init__(self) -> None:
        self.objects: dict[str, Fields] = {}

    def of(self, schema: Schema, path: str, *, resource: bool = False) -> Type:
        """The type of a schema's values; object types are named by their path."""
        kind = schema.get("type") or ""
        if schema.get("x-kubernetes-int-or-string"):
            return types.DYN
        if kind == "array":
            return types.list_of(self.of(items(schema), f"{path}.@items"))
        if kind == "object" or resource:
            below = additional(schema)
            if below is not None:
                return types.map_of(types.STRING, self.of(below, f"{path}.@values"))
            if schema.get("x-kubernetes-preserve-unknown-fields") and not schema.get("properties"):
                return types.DYN
            return self._object(schema, path, resource or bool(schema.get("x-kubernetes-embedded-resource")))
        if kind == "string":
            special = {
                "byte": types.BYTES,
                "duration": types.DURATION,
                "date": types.TIMESTAMP,
                "date-time": types.TIMESTAMP,
            }
            return special.get(schema.get("format") or "", types.STRING)
        return _SCALARS.get(kind, types.DYN)

    def _object(self, schema: Schema, path: str, resource: bool) -> Type:
        fields: dict[str, Type] = {}
        if resource:
            self.objects[f"{path}.metadata"] = _METADATA
            fields |= {"apiVersion": types.STRING, "kind": types.STRING, "metadata": types.object_type(f"{path}.metadata")}
        for name, below in (schema.get("properties") or {}).items():
            spelled = escaped(name)
            if spelled and not (resource and name in fields):
                fields[spelled] = self.of(below, f"{path}.{name}")
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


def compile_tree(schema: Schema, path: str = "self", *, resource: bool = True) -> RuleTree:
    """All rules of a schema; those that do not compile (refused when the definition was written) are left out."""
    tree = RuleTree(schema)
    sources = schema.get("x-kubernetes-validations") or ()
    if sources:
        kinds = SelfTypes()
        kind = kinds.of(schema, path, resource=resource)
        found = (compile_rule(source, kind, kinds.objects)[0] for source in sources)
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


def evaluate(tree: RuleTree, value: Any, old: Any = ABSENT, path: str = "") -> Iterator[FieldError]:
    """What the rules complain about. Of values that did not change, only rules about old values complain."""
    return _Run().evaluate(tree, value, old, path)


class _Run:
    """One evaluation of all rules; they share a budget, and none is evaluated once it is spent."""

    def __init__(self) -> None:
        self.budget = BUDGET

    def evaluate(self, tree: RuleTree, value: Any, old: Any, path: str) -> Iterator[FieldError]:
        if value is None or self.budget < 0:
            return
        unchanged = same(value, old)
        for rule in tree.rules:
            yield from self.rule(rule, tree.schema, value, old, path, unchanged=unchanged)
            if self.budget < 0:
                return
        if isinstance(value, dict):
            before = old if isinstance(old, dict) else {}
            for name, item in value.items():
                child = tree.properties.get(name, tree.other)
                if child is not None:
                    yield from self.evaluate(child, item, before.get(name, ABSENT), f"{path}.{name}" if path else name)
        elif isinstance(value, list) and tree.other is not None:
            known, keys = correlate(tree.schema, old), tree.schema.get("x-kubernetes-list-map-keys") or []
            for index, item in enumerate(value):
                before = known.get(item_key(item, keys), ABSENT) if known else ABSENT
                yield from self.evaluate(tree.other, item, before, f"{path}[{index}]")

    def rule(self, rule: Rule, schema: Schema, value: Any, old: Any, path: str, *, unchanged: bool) -> Iterator[FieldError]:
        """What one rule complains about; the budget is spent if no other rule may be evaluated."""
        bindings = _bindings(rule, schema, value, old)
        if bindings is None:
            return
        text = (rule.source.get("message") or "").strip() or (rule.source.get("rule") or "").strip()
        kind = schema.get("type") or ""
        try:
            good, cost = rule.program.run(bindings)
        except CostExceeded as error:
            self.budget = -1
            why = "no further validation rules will be run due to call cost exceeds limit for rule"
            yield invalid(path or ROOT, kind, f"'{error.message}': {why}: {text}")
            return
        except EvaluationError as error:
            yield invalid(path or ROOT, kind, _why(error.message, text))
            return
        self.budget -= cost
        if self.budget < 0:
            why = "validation failed due to running out of cost budget, no further validation rules will be run"
            yield invalid(path or ROOT, kind, why)
        elif not good and (rule.uses_old or not unchanged):
            message = _message(rule, bindings) or (text if rule.source.get("message") else f"failed rule: {text}")
            shown = OMIT if kind in ("object", "array") else value
            place = f"{path}.{rule.path}" if path and rule.path else path or rule.path
            yield _complaint(rule.source.get("reason") or "FieldValueInvalid", place or ROOT, shown, message)


def _bindings(rule: Rule, schema: Schema, value: Any, old: Any) -> dict[str, Any] | None:
    """What a rule sees; None if it compares with an old value and there is none."""
    optional = bool(rule.source.get("optionalOldSelf"))
    if rule.uses_old and old is ABSENT and not optional:
        return None
    bindings = {"self": to_cel(value, schema)}
    if rule.uses_old:
        before = None if old is ABSENT else to_cel(old, schema)
        bindings["oldSelf"] = Optional(old is not ABSENT, before) if optional else before
    return bindings


def _why(error: str, text: str) -> str:
    if error.startswith("no such overload"):
        return f"'{error}': call arguments did not match a supported operator, function or macro signature for rule: {text}"
    return f"{error} evaluating rule: {text}"


def _complaint(reason: str, place: str, shown: Any, message: str) -> FieldError:
    if reason == "FieldValueForbidden":
        return forbidden(place, message)
    if reason == "FieldValueRequired":
        return required(place, message)
    if reason == "FieldValueDuplicate":
        return FieldError("FieldValueDuplicate", place, "", shown)
    return FieldError("FieldValueInvalid", place, message, shown)


def _message(rule: Rule, bindings: dict[str, Any]) -> str:
    if rule.message is None:
        return ""
    try:
        text = str(rule.message.evaluate(bindings)).strip()
    except EvaluationError:
        return ""
    return "" if "\n" in text or len(text.encode()) > MESSAGE_BYTES else text


def to_cel(value: Any, schema: Schema) -> Any:
    """A value as rules see it: timestamps and durations parsed, property names as CEL spells them."""
    if isinstance(value, dict):
        properties, rest = schema.get("properties") or {}, additional(schema)
        if rest is not None:
            return {key: to_cel(item, rest) for key, item in value.items()}
        return {escaped(key) or key: to_cel(item, properties.get(key, {})) for key, item in value.items()}
    if isinstance(value, list):
        return [to_cel(item, items(schema)) for item in value]
    if isinstance(value, str):
        return _text_to_cel(value, schema)
    return float(value) if schema.get("type") == "number" and isinstance(value, int) else value


def _text_to_cel(value: str, schema: Schema) -> Any:
    kind = schema.get("format")
    if kind == "date-time":
        return parse_timestamp(value) or value
    if kind == "date":
        return parse_timestamp(f"{value}T00:00:00Z") or value
    if kind == "duration":
        return parse_duration(value) or value
    return value.encode() if kind == "byte" else value
