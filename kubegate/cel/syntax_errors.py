"""Words a syntax error as cel-go does: by running the ANTLR parser, whose recovery decides what is said."""

from __future__ import annotations

import re
from typing import Any

from antlr4 import CommonTokenStream, InputStream
from antlr4.error.ErrorListener import ErrorListener
from antlr4.error.ErrorStrategy import DefaultErrorStrategy
from antlr4.IntervalSet import IntervalSet

from kubegate.cel.grammar.cel_lexer import CELLexer
from kubegate.cel.grammar.cel_parser import CELParser
from kubegate.cel.lexer import RESERVED
from kubegate.cel.literals import BadLiteral, value_of
from kubegate.cel.source import NOWHERE, Issues

REPORT_LIMIT = 100
RECOVERY_LIMIT = 30
_RESERVED = re.compile("no viable alternative at input '.(true|false|null)'")


class _Stop(Exception):
    """Enough was said."""


class _Listener(ErrorListener):  # type: ignore[misc]  # antlr4 has no types
    def __init__(self, issues: Issues) -> None:
        super().__init__()
        self.issues = issues
        self.count = 0

    def syntaxError(self, recognizer: Any, offendingSymbol: Any, line: int, column: int, msg: str, e: Any) -> None:
        if "no viable alternative" in msg:
            msg = _RESERVED.sub(r"mismatched input '\1' expecting IDENTIFIER", msg)
        if self.count >= REPORT_LIMIT:
            self.issues.report_at(line, column, f"Syntax error: More than {REPORT_LIMIT} syntax errors")
            raise _Stop
        self.count += 1
        self.issues.report_at(line, column, f"Syntax error: {msg}")


class _Parser(CELParser):
    """Hands out copies: error recovery adds to the set that it gets, which is the grammar's own."""

    def getExpectedTokens(self) -> Any:
        copied = IntervalSet()
        copied.addSet(super().getExpectedTokens())
        return copied


class _Strategy(DefaultErrorStrategy):  # type: ignore[misc]
    """Gives up after some recoveries, so that a hostile expression cannot keep the parser busy."""

    def __init__(self) -> None:
        super().__init__()
        self.attempts = 0

    def _check(self, recognizer: Any) -> None:
        if self.attempts == RECOVERY_LIMIT:
            recognizer.notifyErrorListeners(f"error recovery attempt limit exceeded: {RECOVERY_LIMIT}")
            raise _Stop
        self.attempts += 1

    def recover(self, recognizer: Any, e: Any) -> None:
        self._check(recognizer)
        super().recover(recognizer, e)

    def recoverInline(self, recognizer: Any) -> Any:
        self._check(recognizer)
        return super().recoverInline(recognizer)


def describe(text: str) -> Issues:
    """The complaints about an expression that does not parse."""
    issues = Issues(text)
    listener = _Listener(issues)
    lexer = CELLexer(InputStream(text))
    lexer.removeErrorListeners()
    lexer.addErrorListener(listener)
    parser = _Parser(CommonTokenStream(lexer))
    parser.removeErrorListeners()
    parser.addErrorListener(listener)
    parser._errHandler = _Strategy()
    try:
        _look(parser.start(), issues)  # type: ignore[no-untyped-call]
    except _Stop:
        pass
    except RecursionError:
        issues.report(NOWHERE, "expression recursion limit exceeded: 250")
    if not issues:
        issues.report(NOWHERE, "Syntax error: the expression cannot be parsed")
    return issues


def _look(tree: Any, issues: Issues) -> None:
    """Complain about reserved words and literals in what could be read; what is in the parentheses after a reserved word is
    not looked at."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        complaint = _complaint(node)
        if complaint:
            issues.report_at(node.start.line, node.start.column, complaint)
        else:
            waiting.extend(getattr(node, "children", None) or ())


def _complaint(node: Any) -> str:
    if isinstance(node, CELParser.IdentContext | CELParser.GlobalCallContext):
        name = "" if node.id_ is None else node.id_.text
        return f"reserved identifier: {name}" if name in RESERVED else ""
    kind = _LITERALS.get(type(node))
    if kind is None or node.tok is None or node.tok.tokenIndex < 0:
        return ""
    try:
        value_of(kind, node.tok.text, -1 if getattr(node, "sign", None) else 1)
    except BadLiteral as error:
        return str(error)
    return ""


_LITERALS: dict[type, str] = {
    CELParser.IntContext: "int",
    CELParser.UintContext: "uint",
    CELParser.DoubleContext: "float",
    CELParser.StringContext: "string",
    CELParser.BytesContext: "bytes",
}
