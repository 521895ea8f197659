"""CEL expressions over claims and users, compiled and evaluated as kube-apiserver's authentication does.

Claims are a value of their own: fields can be selected and asked for with ``has``, but it is no container, and numbers in
it are doubles. Source: k8s.io/apiserver ``authentication/cel``, ``plugin/pkg/authenticator/token/oidc``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubegate.api.field_errors import FieldError, internal_error, invalid
from kubegate.api.user import User
from kubegate.authn.jose import TokenError
from kubegate.cel import ast, environments
from kubegate.cel.environment import Environment, Program
from kubegate.cel.errors import CelError, EvaluationError, InstantiationError
from kubegate.cel.parser import parse
from kubegate.cel.types import BOOL
from kubegate.cel.values import StructValue

_NATIVE_LISTS = frozenset({"split", "findAll"})
"""Functions whose result is no list of values to the server, so that it is not taken as one."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression; ``native_list``: its result is the kind of list that is not taken for groups or extra."""

    text: str
    program: Program
    native_list: bool

    def evaluate(self, bindings: Mapping[str, Any]) -> Any:
        """The value; raises `TokenError` in the server's words."""
        try:
            return self.program.evaluate(bindings)
        except EvaluationError as error:
            raise TokenError(f"expression '{self.text}' resulted in error: {error.message}") from error


def compile_claims(text: str, path: str, *, condition: bool = False) -> Expression | FieldError:
    """An expression over ``claims``; a ``condition`` must be of type bool."""
    return _compile(environments.claims(), text, path, condition)


def compile_user(text: str, path: str) -> Expression | FieldError:
    """A condition on ``user``."""
    return _compile(environments.user(), text, path, True)


def _compile(environment: Environment, text: str, path: str, condition: bool) -> Expression | FieldError:
    try:
        program = environment.compile(text)
    except InstantiationError as error:
        return internal_error(path, f"program instantiation failed: {error.message}")
    except CelError as error:
        return invalid(path, text, f"compilation failed: {error.message}")
    if condition and program.type != BOOL:
        return invalid(path, text, "must evaluate to bool")
    root = parse(text)
    return Expression(text, program, isinstance(root, ast.Call) and root.function in _NATIVE_LISTS)


def selects(text: str, claim: str) -> bool:
    """Whether an expression that compiles reads ``claims.<claim>`` (also as ``claims.?<claim>``)."""
    for node in ast.walk(parse(text)):
        if isinstance(node, ast.Select) and node.name == claim and _is_claims(node.operand):
            return True
        if isinstance(node, ast.Call) and node.function == "_?._" and _is_claims(node.args[0]):
            field = node.args[1]
            if isinstance(field, ast.Literal) and field.value == claim:
                return True
    return False


def _is_claims(node: ast.Node) -> bool:
    return isinstance(node, ast.Ident) and node.name == "claims"


def claims_value(claims: Mapping[str, Any]) -> StructValue:
    """The claims as the expressions see them."""
    return StructValue("claims", {key: _doubles(value) for key, value in claims.items()})


def _doubles(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, dict):
        return {key: _doubles(inner) for key, inner in value.items()}
    return [_doubles(inner) for inner in value] if isinstance(value, list) else value


def user_value(user: User) -> dict[str, Any]:
    """The user as the expressions see it: every field is there."""
    extra = {key: list(values) for key, values in user.extra}
    return {"username": user.name, "uid": user.uid, "groups": list(user.groups), "extra": extra}


def strings_of(expression: Expression, value: Any) -> tuple[str, ...]:
    """A value as a list of texts: a text or a list of texts, empty ones dropped; raises `TokenError` for others."""
    if value is None or value == "":
        return ()
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list | tuple) or expression.native_list or not all(isinstance(item, str) for item in value):
        raise TokenError("expression must return a string or a list of strings")
    return tuple(item for item in value if item)
