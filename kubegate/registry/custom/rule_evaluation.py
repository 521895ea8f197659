"""The rules of custom kinds, evaluated: what they complain about on a write.

Source: apiextensions-apiserver ``pkg/apiserver/schema/cel/validation.go``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubegate.api.field_errors import OMIT, FieldError, forbidden, invalid, required
from kubegate.api.go import quote
from kubegate.cel.errors import CostExceeded, EvaluationError
from kubegate.cel.times import parse_duration, parse_timestamp
from kubegate.cel.values import Optional
from kubegate.registry.custom.rules import Rule, RuleTree
from kubegate.registry.custom.spelling import escaped
from kubegate.registry.custom.structural import Schema, additional, items
from kubegate.registry.custom.value_types import ROOT
from kubegate.registry.custom.values import ABSENT, correlate, item_key, same

BUDGET = 10_000_000
"""What the rules about one object may cost together. Source: apiserver ``pkg/apis/cel/config.go``."""
MESSAGE_BYTES = 5 * 1024
"""A message expression's value that is longer is not used."""


def evaluate(
    tree: RuleTree, value: Any, old: Any = ABSENT, path: str = "", warnings: list[str] | None = None
) -> Iterator[FieldError]:
    """What the rules complain about. Of values that did not change, only rules about old values complain; what the others
    would say is added to ``warnings``."""
    return _Run([] if warnings is None else warnings).evaluate(tree, value, old, path)


class _Run:
    """One evaluation of all rules; they share a budget, and none is evaluated once it is spent."""

    def __init__(self, warnings: list[str]) -> None:
        self.budget = BUDGET
        self.warnings = warnings

    def evaluate(self, tree: RuleTree, value: Any, old: Any, path: str, *, inherited: bool = False) -> Iterator[FieldError]:
        """``inherited``: whether the nearest value above that has an old one did not change."""
        if value is None or self.budget < 0:
            return
        unchanged = inherited if old is ABSENT else same(value, old)
        for rule in tree.rules:
            yield from self.rule(rule, tree.schema, value, old, path, unchanged=unchanged)
            if self.budget < 0:
                return
        if isinstance(value, dict):
            before = old if isinstance(old, dict) else {}
            for name, item in value.items():
                child = tree.properties.get(name, tree.other)
                if child is not None:
                    below = f"{path}.{name}" if path else name
                    yield from self.evaluate(child, item, before.get(name, ABSENT), below, inherited=unchanged)
        elif isinstance(value, list) and tree.other is not None:
            known, keys = correlate(tree.schema, old), tree.schema.get("x-kubernetes-list-map-keys") or []
            for index, item in enumerate(value):
                before = known.get(item_key(item, keys), ABSENT) if known else ABSENT
                yield from self.evaluate(tree.other, item, before, f"{path}[{index}]", inherited=unchanged)

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
        elif not good:
            complaint = self.complaint(rule, bindings, kind, value, path)
            if unchanged and not rule.uses_old:
                self.warnings.append(str(complaint))
            else:
                yield complaint

    def complaint(self, rule: Rule, bindings: dict[str, Any], kind: str, value: Any, path: str) -> FieldError:
        """What is said of a value that a rule refuses."""
        place = (f"{path}.{rule.path}" if path and rule.path else path or rule.path) or ROOT
        text = (rule.source.get("message") or "").strip()
        try:
            text = self.message(rule, bindings) or text
        except _MessageTooExpensive as error:
            self.budget = -1
            return invalid(place, kind, str(error))
        text = text or f"failed rule: {(rule.source.get('rule') or '').strip()}"
        shown = OMIT if kind in ("object", "array") else value
        return _complaint(rule.source.get("reason") or "FieldValueInvalid", place, shown, text)

    def message(self, rule: Rule, bindings: dict[str, Any]) -> str:
        """What the message expression gives, "" where it gives nothing usable; raises `_MessageTooExpensive`."""
        if rule.message is None:
            return ""
        end = "no further validation rules will be run"
        try:
            value, cost = rule.message.run(bindings)
        except CostExceeded:
            where = f"for messageExpression: {quote(rule.message.text)}"
            raise _MessageTooExpensive(f"{end} due to call cost exceeds limit {where}") from None
        except EvaluationError:
            return ""
        self.budget -= cost
        if self.budget < 0:
            raise _MessageTooExpensive(f"messageExpression evaluation failed due to running out of cost budget, {end}")
        text = str(value).strip()
        return "" if "\n" in text or len(text.encode()) > MESSAGE_BYTES else text


class _MessageTooExpensive(Exception):
    """A message expression cost more than it may."""


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
