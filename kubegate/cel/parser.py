"""Parses expressions: precedence climbing, macros expanded on the way. Source: cel-go ``parser/parser.go``.

Only valid expressions are parsed here; what is not one is handed to `syntax_errors`, which knows how to complain.
"""

from __future__ import annotations

from kubegate.cel import lexer, literals
from kubegate.cel.ast import Call, Entry, Ident, ListLiteral, Literal, MapLiteral, Node, Select, Struct
from kubegate.cel.errors import CelError
from kubegate.cel.lexer import RESERVED, Malformed, Token
from kubegate.cel.macros import MacroError, expand
from kubegate.cel.source import NOWHERE, Issues

MAX_CODE_POINTS = 100_000
MAX_DEPTH = 250

_BINARY = {"==": 1, "!=": 1, "<": 1, "<=": 1, ">": 1, ">=": 1, "in": 1, "+": 2, "-": 2, "*": 3, "/": 3, "%": 3}
_FUNCTIONS = {operator: f"_{operator}_" for operator in _BINARY} | {"in": "@in"}


class TooDeep(Exception):
    """The expression is nested too deeply."""


def parse(text: str, *, bindings: bool = False) -> Node:
    """The syntax tree with macros expanded (``bindings``: ``cel.bind`` too); raises `CelError` with the server's message."""
    if len(text) > MAX_CODE_POINTS:
        issues = Issues(text)
        issues.report(NOWHERE, f"expression code point size exceeds limit: size: {len(text)}, limit {MAX_CODE_POINTS}")
        raise CelError(str(issues))
    issues = Issues(text)
    try:
        tree = Parser(lexer.tokenize(text), issues, bindings=bindings).parse()
    except Malformed:
        # The ANTLR runtime is heavy and rarely needed.
        from kubegate.cel import syntax_errors

        raise CelError(str(syntax_errors.describe(text))) from None
    except (TooDeep, RecursionError):
        issues.report(NOWHERE, f"expression recursion limit exceeded: {MAX_DEPTH}")
        raise CelError(str(issues)) from None
    if issues:
        raise CelError(str(issues))
    return tree


class Parser:
    """Parses the tokens of one expression; complaints go to ``issues``."""

    def __init__(self, tokens: list[Token], issues: Issues, *, bindings: bool = False) -> None:
        self.tokens = tokens
        self.bindings = bindings
        self.issues = issues
        self.index = 0
        self.depth = 0

    def parse(self) -> Node:
        """The whole tree; raises `Malformed`."""
        tree = self.expression()
        if self.kind != "end":
            raise Malformed
        return tree

    @property
    def kind(self) -> str:
        return self.tokens[self.index].kind

    def next(self) -> Token:
        token = self.tokens[self.index]
        self.index += 1
        return token

    def accept(self, kind: str) -> Token | None:
        if self.tokens[self.index].kind == kind:
            return self.next()
        return None

    def expect(self, kind: str) -> Token:
        token = self.next()
        if token.kind != kind:
            raise Malformed
        return token

    def fail(self, pos: int, message: str) -> Node:
        self.issues.report(pos, message)
        return Literal(pos, None)

    def expression(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise TooDeep
        condition = self.logical("||")
        question = self.accept("?")
        if question:
            then = self.logical("||")
            self.expect(":")
            otherwise = self.expression()
            condition = Call(question.pos, "_?_:_", [condition, then, otherwise])
        self.depth -= 1
        return condition

    def logical(self, operator: str) -> Node:
        """``a || b || c`` as a balanced tree, so that long chains do not nest deeply."""
        terms, places = [], []
        while True:
            terms.append(self.logical("&&") if operator == "||" else self.binary(1))
            token = self.accept(operator)
            if token is None:
                break
            places.append(token.pos)
        return _balance(f"_{operator}_", terms, places, 0, len(places) - 1) if places else terms[0]

    def binary(self, level: int) -> Node:
        left = self.unary()
        while _BINARY.get(self.kind, 0) >= level:
            token = self.next()
            right = self.binary(_BINARY[token.kind] + 1)
            left = Call(token.pos, _FUNCTIONS[token.kind], [left, right])
        return left

    def unary(self) -> Node:
        kind = self.kind
        if kind not in ("!", "-"):
            return self.member()
        if kind == "-" and self.tokens[self.index + 1].kind in ("int", "float"):
            return self.member()
        first = self.next()
        count = 1
        # A single minus before a number belongs to the literal (above); in `--1` both are operators, as in the grammar.
        while self.kind == kind:
            self.next()
            count += 1
        operand = self.member()
        return operand if count % 2 == 0 else Call(first.pos, f"{kind}_", [operand])

    def member(self) -> Node:
        node = self.primary()
        while True:
            kind = self.kind
            if kind == ".":
                node = self.selection(node, self.next())
            elif kind == "[":
                opening = self.next()
                function = "_[?_]" if self.accept("?") else "_[_]"
                index = self.expression()
                self.expect("]")
                node = Call(opening.pos, function, [node, index])
            else:
                return node

    def selection(self, operand: Node, dot: Token) -> Node:
        optional = self.accept("?")
        token = self.next()
        if token.kind == "quoted":
            return self.fail(token.pos, "unsupported syntax: '`'")
        if token.kind != "name":
            raise Malformed
        if optional:
            return Call(dot.pos, "_?._", [operand, Literal(token.pos, token.text)])
        opening = self.accept("(")
        if opening is None:
            return Select(dot.pos, operand, token.text)
        return self.call(opening.pos, token.text, operand, self.arguments())

    def arguments(self) -> list[Node]:
        found: list[Node] = []
        if self.accept(")"):
            return found
        while True:
            found.append(self.expression())
            if self.accept(")"):
                return found
            self.expect(",")

    def call(self, pos: int, function: str, target: Node | None, args: list[Node]) -> Node:
        try:
            return expand(pos, function, target, args, bindings=self.bindings) or Call(pos, function, args, target)
        except MacroError as error:
            return self.fail(error.pos, error.message)

    def primary(self) -> Node:
        token = self.next()
        kind = token.kind
        if kind in ("name", "."):
            return self.name(token)
        if kind == "(":
            inner = self.expression()
            self.expect(")")
            return inner
        if kind == "[":
            return self.list_literal(token)
        if kind == "{":
            return self.map_literal(token)
        return self.literal(token)

    def name(self, token: Token) -> Node:
        prefix, start = "", token
        if token.kind == ".":
            prefix, token = ".", self.expect("name")
        struct = self.struct(prefix, token)
        if struct is not None:
            return struct
        if token.text in RESERVED:
            self.fail(start.pos, f"reserved identifier: {token.text}")
        opening = self.accept("(")
        if opening:
            args = self.arguments()
            return self.call(opening.pos, prefix + token.text, None, args)
        return Ident(token.pos, prefix + token.text)

    def struct(self, prefix: str, token: Token) -> Node | None:
        """``a.b.C{...}`` if that is what comes."""
        ahead, names = self.index, [token.text]
        while self.tokens[ahead].kind == "." and self.tokens[ahead + 1].kind == "name":
            names.append(self.tokens[ahead + 1].text)
            ahead += 2
        if self.tokens[ahead].kind != "{":
            return None
        opening = self.tokens[ahead]
        self.index = ahead + 1
        entries: list[Entry] = []
        while not self.accept("}"):
            if entries or self.kind == ",":
                self.expect(",")
                if self.accept("}"):
                    break
            optional = self.accept("?") is not None
            key = self.next()
            if key.kind == "quoted":
                self.fail(key.pos, "unsupported syntax: '`'")
            elif key.kind != "name":
                raise Malformed
            colon = self.expect(":")
            entries.append(Entry(colon.pos, key.text, self.expression(), optional))
        return Struct(opening.pos, prefix + ".".join(names), entries)

    def list_literal(self, opening: Token) -> Node:
        elements: list[Node] = []
        optional: set[int] = set()
        while not self.accept("]"):
            if elements or self.kind == ",":
                self.expect(",")
                if self.accept("]"):
                    break
            if self.accept("?"):
                optional.add(len(elements))
            elements.append(self.expression())
        return ListLiteral(opening.pos, elements, frozenset(optional))

    def map_literal(self, opening: Token) -> Node:
        entries: list[Entry] = []
        while not self.accept("}"):
            if entries or self.kind == ",":
                self.expect(",")
                if self.accept("}"):
                    break
            optional = self.accept("?") is not None
            key = self.expression()
            colon = self.expect(":")
            entries.append(Entry(colon.pos, key, self.expression(), optional))
        return MapLiteral(opening.pos, entries)

    def literal(self, token: Token) -> Node:
        kind, pos = token.kind, token.pos
        sign = 1
        if kind == "-":
            sign, token = -1, self.next()
            kind = token.kind
            if kind not in ("int", "float"):
                raise Malformed
        if kind in ("true", "false", "null"):
            return Literal(pos, {"true": True, "false": False, "null": None}[kind])
        if kind not in literals.KINDS:
            raise Malformed
        try:
            return Literal(pos, literals.value_of(kind, token.text, sign))
        except literals.BadLiteral as error:
            return self.fail(pos, str(error))


def _balance(function: str, terms: list[Node], places: list[int], low: int, high: int) -> Node:
    middle = (low + high + 1) // 2
    left = terms[middle] if middle == low else _balance(function, terms, places, low, middle - 1)
    right = terms[middle + 1] if middle == high else _balance(function, terms, places, middle + 1, high)
    return Call(places[middle], function, [left, right])
