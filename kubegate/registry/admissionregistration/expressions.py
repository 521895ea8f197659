"""CEL expressions inside webhooks and policies: they must compile, to the type that their place wants."""

from __future__ import annotations

from collections.abc import Sequence

from kubegate.admission.policies.expressions import NOT_RUNNABLE, Compiler, compile_expression
from kubegate.api.field_errors import FieldError, duplicate, internal_error, invalid, required, too_many
from kubegate.api.names import Object
from kubegate.cel import environments
from kubegate.cel.types import BOOL, Type
from kubegate.registry.validation.names import qualified_name

_CONDITIONS_LIMIT = 64


class Expressions:
    """Compiles the expressions of one object; variables make up a type of their own, if there are any."""

    def __init__(self, *, params: bool = False, variables: bool = False) -> None:
        self._params = params
        self._compiler = Compiler((), params=params) if variables else None

    def check(
        self,
        errors: list[FieldError],
        path: str,
        text: str,
        expected: Sequence[Type],
        *,
        authorizer: bool = True,
        mutation: bool = False,
        shown: str = "",
    ) -> None:
        """Complain about an expression that does not compile to one of the types; ``mutation``: it makes a patch; ``shown``
        is how it was written."""
        if self._compiler is not None:
            problem = self._compiler.compile(text, expected, authorizer=authorizer, mutation=mutation).error
        else:
            environment = environments.admission(params=self._params, authorizer=authorizer, mutation=mutation)
            problem = compile_expression(environment, text, expected).error
        if problem:
            errors.append(_problem(path, shown or text, problem))

    def add(self, errors: list[FieldError], path: str, name: str, text: str) -> None:
        """Compile a variable, which expressions compiled later may use; complain if it does not compile."""
        if self._compiler is not None and (problem := self._compiler.add(name, text).error):
            errors.append(_problem(path, text, problem))


def _problem(path: str, text: str, problem: str) -> FieldError:
    """An expression that compiles but cannot be run is an error of the server's."""
    if problem.startswith(NOT_RUNNABLE):
        return internal_error(path, problem)
    return invalid(path, text, problem)


def check_conditions(errors: list[FieldError], path: str, conditions: list[Object], expressions: Expressions) -> None:
    """Complain about match conditions."""
    if len(conditions) > _CONDITIONS_LIMIT:
        errors.append(too_many(path, len(conditions), _CONDITIONS_LIMIT))
    seen: set[str] = set()
    for index, condition in enumerate(conditions):
        place, name, text = f"{path}[{index}]", condition.get("name") or "", condition.get("expression") or ""
        if not text.strip():
            errors.append(required(f"{place}.expression"))
        else:
            expressions.check(errors, f"{place}.expression", text.strip(), (BOOL,))
        if not name:
            errors.append(required(f"{place}.name"))
            continue
        errors += [invalid(f"{place}.name", name, problem) for problem in qualified_name(name)]
        if name in seen:
            errors.append(duplicate(f"{place}.name", name))
        seen.add(name)
