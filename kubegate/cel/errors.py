"""What can go wrong with an expression: it does not compile, its program cannot be made, its evaluation fails."""

from __future__ import annotations

from kubegate.errors import InvalidInput, KubegateError


class CelError(InvalidInput):
    """An expression is wrong; ``message`` is the compiler's text without prefix (``ERROR: <input>:1:1: ...``)."""

    code = "cel"


class InstantiationError(CelError):
    """An expression type-checks, but constant folding fails (``unsigned integer overflow``): the server reports this as an
    internal error, "program instantiation failed"."""

    code = "cel-instantiation"


class ReturnTypeError(CelError):
    """An expression compiles, but to a type that its place does not take (``must evaluate to bool but got int``)."""

    code = "cel-return-type"


class EvaluationError(KubegateError):
    """An evaluation fails: ``no such key: x``, ``division by zero`` ..."""

    code = "cel-evaluation"


class CostExceeded(EvaluationError):
    """The evaluation was cancelled because it cost too much. ``&&`` and ``||`` do not absorb it."""

    code = "cel-cost"

    def __init__(self) -> None:
        super().__init__("operation cancelled: actual cost limit exceeded")
