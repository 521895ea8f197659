"""Match conditions of Webhook authorizers: CEL over the spec of the SubjectAccessReview that would be sent.

Scalars and lists are always there for an expression, the parts ``resourceAttributes``, ``nonResourceAttributes`` and the
selectors only where the request has them. Source: KEP-3221; k8s.io/apiserver ``pkg/authorization/cel``.
"""

from __future__ import annotations

from typing import Any

from kubegate.api.names import Object
from kubegate.cel.environment import Program
from kubegate.cel.environments import authorization
from kubegate.cel.errors import CelError, EvaluationError, InstantiationError, ReturnTypeError
from kubegate.cel.trace import Trace
from kubegate.cel.types import BOOL
from kubegate.errors import Unavailable

_RESOURCE = ("namespace", "verb", "group", "version", "resource", "subresource", "name")
_PATH = ("path", "verb")
_SELECTORS = ("fieldSelector", "labelSelector")


class CelCondition:
    """A compiled condition."""

    def __init__(self, program: Program) -> None:
        self._program = program

    @property
    def text(self) -> str:
        """The expression."""
        return self._program.text

    @property
    def trace(self) -> Trace | None:
        """Which branches were taken, if that is recorded."""
        return self._program.trace

    def matches(self, spec: Object) -> bool:
        """Evaluate; raises `Unavailable` with the server's words for an evaluation error."""
        try:
            return self._program.evaluate({"request": _request(spec)}) is True
        except EvaluationError as error:
            text = f"cel evaluation error: expression '{self._program.text}' resulted in error: {error.message}"
            raise Unavailable(text) from error


def compile_condition(expression: str) -> CelCondition:
    """Raises `CelError` for an expression that is wrong; `check_condition` says how the server words that."""
    return CelCondition(authorization().compile(expression, (BOOL,)))


def check_condition(expression: str) -> str:
    """The complaint about an expression, or ""."""
    try:
        compile_condition(expression)
    except ReturnTypeError as error:
        return error.message
    except InstantiationError as error:
        return f"program instantiation failed: {error.message}"
    except CelError as error:
        return f"compilation failed: {error.message}"
    return ""


def _request(spec: Object) -> dict[str, Any]:
    request: dict[str, Any] = {
        "user": spec.get("user", ""),
        "groups": spec.get("groups", []),
        "uid": spec.get("uid", ""),
        "extra": spec.get("extra", {}),
    }
    resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if resource is not None:
        attributes = {name: resource.get(name, "") for name in _RESOURCE}
        for name in _SELECTORS:
            if name in resource:
                attributes[name] = {"requirements": [_requirement(row) for row in resource[name]["requirements"]]}
        request["resourceAttributes"] = attributes
    if path is not None:
        request["nonResourceAttributes"] = {name: path.get(name, "") for name in _PATH}
    return request


def _requirement(row: dict[str, Any]) -> dict[str, Any]:
    return {"key": row["key"], "operator": row["operator"], "values": row.get("values", [])}
