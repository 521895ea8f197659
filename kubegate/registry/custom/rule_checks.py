"""Whether the rules of a definition's schema are right: that they compile, and cannot cost too much.

Source: apiextensions-apiserver ``pkg/apis/apiextensions/validation/{validation,cel_validation}.go``.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from kubegate.api.field_errors import FieldError, forbidden, internal_error, invalid, not_supported, required
from kubegate.cel.sizes import add, multiply
from kubegate.registry.custom import internal_print
from kubegate.registry.custom.rules import ROOT, SelfTypes, compile_rule, rule_costs
from kubegate.registry.custom.sizes import Extent, extent, occurrences
from kubegate.registry.custom.spelling import field_path
from kubegate.registry.custom.structural import Schema
from kubegate.registry.custom.structural_checks import children

RULE_LIMIT, SCHEMA_LIMIT = 10_000_000, 100_000_000
"""What one rule, and all rules of a schema, may cost at most."""
_BLAMED = 4
_REASONS = ("FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired")
_BOUNDS = "maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared"
_ADVICE = f"(try simplifying the rule, or adding {_BOUNDS})"
_UNSEEN = "internal error: failed to retrieve type information for x-kubernetes-validations"
_LINE_BREAK = re.compile(r"[\n\r]")


def check_rules(schema: Schema, path: str, *, compiled: bool = True, wrong: Collection[str] = ()) -> list[FieldError]:
    """What is wrong with the rules of a schema. They are ``compiled`` only where the schema is structural and its defaults
    are good; those at and above the ``wrong`` places are not."""
    checker = _Checker(compiled=compiled, wrong=wrong)
    fields, rules = checker.check(schema, path, ROOT, 1, "", resource=True)
    return fields + rules + checker.costs.complaints(path)


class _Costs:
    """What the rules of a schema cost together, and the rules that cost the most."""

    def __init__(self) -> None:
        self.total = 0
        self.most: list[tuple[int, str]] = []

    def observe(self, place: str, cost: int) -> None:
        self.total = add(self.total, cost)
        if cost >= SCHEMA_LIMIT // 100:
            self.most.append((cost, place))

    def complaints(self, path: str) -> list[FieldError]:
        if self.total <= SCHEMA_LIMIT:
            return []
        text = "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema"
        worst = sorted(self.most, key=lambda entry: -entry[0])[:_BLAMED]
        name = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema"
        errors = [forbidden(place, text) for _, place in worst]
        return [*errors, forbidden(path, _too_expensive(name, self.total, SCHEMA_LIMIT))]


def _too_expensive(what: str, cost: int, limit: int) -> str:
    factor = cost / limit
    shown = "more than 100x" if factor > 100 else f"{factor:f}x" if factor < 1.5 else f"{factor:.1f}x"
    return f"{what} exceeds budget by factor of {shown} {_ADVICE}"


_Errors = tuple[list[FieldError], list[FieldError]]


class _Checker:
    def __init__(self, *, compiled: bool, wrong: Collection[str]) -> None:
        self.costs = _Costs()
        self._compiled = compiled
        self._wrong = wrong

    def check(
        self, schema: Schema, path: str, name: str, times: int | None, unrelated: str, *, resource: bool = False
    ) -> _Errors:
        """What is wrong with the fields of rules, and with their expressions, below a place first. ``times``: how often
        values of the schema can occur, None if there is no bound; ``unrelated``: the path from which on new and old
        values cannot be told to be the same."""
        fields: list[FieldError] = []
        rules: list[FieldError] = []
        more = occurrences(schema)
        below_times = None if times is None or more is None else multiply(times, more)
        for what, child, below in sorted(children(schema, path), key=lambda found: found[2]):
            key = below.rpartition("[")[2].rstrip("]") if what == "properties" else "@"
            apart = unrelated or (path if _is_unrelated(what, schema) else "")
            found = self.check(child, below, f"{name}.{key}", below_times, apart)
            fields += found[0]
            rules += found[1]
        sources = schema.get("x-kubernetes-validations") or ()
        places = [f"{path}.x-kubernetes-validations[{index}]" for index in range(len(sources))]
        for source, place in zip(sources, places, strict=True):
            fields += _check_fields(source, schema, place)
        if sources and not fields and self._is_compiled(path):
            resource = resource or bool(schema.get("x-kubernetes-embedded-resource"))
            kinds, size = SelfTypes(), extent(schema, resource=resource) or Extent(1)
            kind = kinds.of(schema, name, resource=resource)
            if kind is None:
                return fields, [*rules, internal_error(f"{path}.x-kubernetes-validations", _UNSEEN)]
            for source, place in zip(sources, places, strict=True):
                rule, problem, about = compile_rule(source, kind, kinds.objects)
                if problem or rule is None:
                    rules.append(invalid(f"{place}.{about}", internal_print.rule(source), problem))
                uses_old = False if rule is None else rule.uses_old
                if rule is not None:
                    rules += self.expenses(rule_costs(source, kind, kinds.objects, size), size, times, place)
                if rule is not None or about == "rule":
                    rules += _check_old(source, uses_old=uses_old, place=place, unrelated=unrelated)
        return fields, rules

    def _is_compiled(self, path: str) -> bool:
        below = (path + ".", path + "[")
        return self._compiled and not any(place == path or place.startswith(below) for place in self._wrong)

    def expenses(self, costs: tuple[int, int | None], size: Extent, times: int | None, place: str) -> list[FieldError]:
        errors = []
        rule, message = multiply(costs[0], size.cardinality() if times is None else times), costs[1]
        if rule > RULE_LIMIT:
            errors.append(forbidden(f"{place}.rule", _too_expensive("estimated rule cost", rule, RULE_LIMIT)))
        self.costs.observe(f"{place}.rule", rule)
        if message is not None:
            if message > RULE_LIMIT:
                text = _too_expensive("estimated messageExpression cost", message, RULE_LIMIT)
                errors.append(forbidden(f"{place}.messageExpression", text))
            self.costs.observe(f"{place}.messageExpression", message)
        return errors


def _is_unrelated(what: str, schema: Schema) -> bool:
    """Whether the old value of a child cannot be found."""
    return what == "items" and schema.get("x-kubernetes-list-type") != "map"


def _check_old(source: dict[str, Any], *, uses_old: bool, place: str, unrelated: str) -> list[FieldError]:
    if uses_old and unrelated:
        text = f"oldSelf cannot be used on the uncorrelatable portion of the schema within {unrelated}"
        return [invalid(f"{place}.rule", source.get("rule") or "", text)]
    optional = source.get("optionalOldSelf")
    if not uses_old and optional is not None:
        return [invalid(f"{place}.optionalOldSelf", optional, "may not be set if oldSelf is not used in rule")]
    return []


def _check_fields(source: dict[str, Any], schema: Schema, place: str) -> list[FieldError]:
    errors = _check_texts(source, place)
    expression = source.get("messageExpression") or ""
    if expression and not expression.strip():
        errors.append(required(f"{place}.messageExpression", "messageExpression must be non-empty if specified"))
    reason = source.get("reason")
    if reason is not None and reason not in _REASONS:
        errors.append(not_supported(f"{place}.reason", reason, _REASONS))
    path = source.get("fieldPath") or ""
    if path and not path.strip():
        errors.append(invalid(f"{place}.fieldPath", path, "fieldPath must be non-empty if specified"))
    if _LINE_BREAK.search(path):
        errors.append(invalid(f"{place}.fieldPath", path, "fieldPath must not contain line breaks"))
    if path and field_path(path, schema) is None:
        errors.append(invalid(f"{place}.fieldPath", path, "fieldPath must be a valid path"))
    return errors


def _check_texts(source: dict[str, Any], place: str) -> list[FieldError]:
    rule, message = (source.get("rule") or "").strip(), source.get("message") or ""
    if not rule:
        return [required(f"{place}.rule", "rule is not specified")]
    if message and not message.strip():
        return [invalid(f"{place}.message", message, "message must be non-empty if specified")]
    if _LINE_BREAK.search(message.strip()):
        return [invalid(f"{place}.message", message, "message must not contain line breaks")]
    if _LINE_BREAK.search(rule) and not message:
        return [required(f"{place}.message", "message must be specified if rule contains line breaks")]
    return []
