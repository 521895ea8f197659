"""Validates the CEL expressions of policies and webhooks by compiling them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from kubegate.admission.policies.expressions import Compiler, Expression, compile_expression
from kubegate.api.field_errors import FieldError, duplicate, internal_error, invalid, required, too_many
from kubegate.api.names import Object
from kubegate.cel import environments
from kubegate.cel.environment import Environment
from kubegate.cel.parser import RESERVED
from kubegate.cel.types import BOOL, Type
from kubegate.registry.validation.names import qualified_name

MAX_CONDITIONS = 64
_IDENTIFIER = re.compile("[_a-zA-Z][_a-zA-Z0-9]*", re.ASCII)
_INSTANTIATION = "program instantiation failed: "


def text_of(spec: Object, key: str) -> str:
    """A text field, "" if absent."""
    return str(spec.get(key) or "")


def complaint(path: str, shown: str, expression: Expression) -> list[FieldError]:
    """What is wrong with a compiled expression: nothing, or one error."""
    if not expression.error:
        return []
    if expression.error.startswith(_INSTANTIATION):
        return [internal_error(path, expression.error)]
    return [invalid(path, shown, expression.error)]


class ExpressionChecker:
    """Checks the expressions of one policy's spec; the variables are added on the way.

    ``variables`` are in scope only if the policy has some, or ``always_composed``.
    """

    def __init__(self, spec: Object, *, mutation: bool = False, always_composed: bool = False) -> None:
        self._params = spec.get("paramKind") is not None
        self._mutation = mutation
        self._compiler = Compiler((), params=self._params, mutation=mutation)
        self._composed = always_composed or bool(spec.get("variables"))

    def _environment(self, authorizer: bool) -> Environment:
        if self._composed:
            return self._compiler.environment(authorizer=authorizer)
        return environments.admission(params=self._params, authorizer=authorizer, mutation=self._mutation)

    def compile(self, text: str, expected: Sequence[Type], *, authorizer: bool = True) -> Expression:
        """Compile an expression of the policy."""
        return compile_expression(self._environment(authorizer), text, expected)

    def check(self, path: str, text: str, expected: Sequence[Type], *, authorizer: bool = True) -> list[FieldError]:
        """Complaints about an expression."""
        return complaint(path, text, self.compile(text, expected, authorizer=authorizer))

    def check_variable(self, path: str, variable: Object) -> list[FieldError]:
        """Complaints about a variable, which later expressions may use."""
        name, text = text_of(variable, "name"), text_of(variable, "expression")
        errors: list[FieldError] = []
        if not name.strip():
            errors.append(required(f"{path}.name", "name is not specified"))
        elif not _IDENTIFIER.fullmatch(name) or name in RESERVED:
            errors.append(invalid(f"{path}.name", name, "must be a valid CEL identifier"))
        if not text.strip():
            errors.append(required(f"{path}.expression", "expression is not specified"))
            return errors
        return errors + complaint(f"{path}.expression", text, self._compiler.add(name, text))


def check_match_conditions(path: str, conditions: Sequence[Any], *, params: bool) -> list[FieldError]:
    """Complaints about match conditions; they do not see the policy's variables."""
    errors: list[FieldError] = []
    if len(conditions) > MAX_CONDITIONS:
        errors.append(too_many(path, len(conditions), MAX_CONDITIONS))
    environment = environments.admission(params=params, authorizer=True)
    seen: set[str] = set()
    for index, condition in enumerate(conditions):
        place = f"{path}[{index}]"
        name, text = text_of(condition, "name"), text_of(condition, "expression").strip()
        if text:
            errors += complaint(f"{place}.expression", text, compile_expression(environment, text, (BOOL,)))
        else:
            errors.append(required(f"{place}.expression"))
        if not name:
            errors.append(required(f"{place}.name"))
            continue
        errors += [invalid(f"{place}.name", name, words) for words in qualified_name(name)]
        if name in seen:
            errors.append(duplicate(f"{place}.name", name))
        seen.add(name)
    return errors
