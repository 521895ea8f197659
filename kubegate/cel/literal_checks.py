"""What is checked of literals after type checking: durations, timestamps, patterns, mixed aggregates, format strings.

Source: cel-go ``cel/validator.go`` and the format validator of ``ext/formatting.go``.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.cel import operators, types
from kubegate.cel.ast import Call, ListLiteral, Literal, MapLiteral, Node, walk
from kubegate.cel.errors import EvaluationError
from kubegate.cel.library import conversions, regexes
from kubegate.cel.library.formatting import FormatError, complain, interpolate
from kubegate.cel.source import Issues
from kubegate.cel.types import Type, runtime_name

_ACCEPTED = {
    "s": frozenset(
        ("list", "map", "int", "uint", "double", "bool", "string", "timestamp", "bytes", "duration", "type", "null")
    ),
    "d": frozenset(("int", "uint")),
    "f": frozenset(("double",)),
    "e": frozenset(("double",)),
    "b": frozenset(("bool", "int", "uint")),
    "x": frozenset(("int", "uint", "string", "bytes")),
    "X": frozenset(("int", "uint", "string", "bytes")),
    "o": frozenset(("int", "uint")),
}


def check_literals(tree: Node, issues: Issues) -> None:
    """Complain about literals that could never work."""
    nodes = list(walk(tree))
    _conversions(nodes, "duration", issues)
    _conversions(nodes, "timestamp", issues)
    _patterns(nodes, issues)
    exempt = _exempt(tree)
    for node in nodes:
        if isinstance(node, ListLiteral) and id(node) not in exempt:
            _uniform_list(node, issues)
    for node in nodes:
        if isinstance(node, MapLiteral) and id(node) not in exempt:
            _uniform_map(node, issues)
    for node in nodes:
        _format(node, issues)


def _calls(nodes: list[Node], function: str) -> Iterator[tuple[Call, Literal]]:
    for node in nodes:
        if isinstance(node, Call) and node.function == function and node.args and isinstance(node.args[0], Literal):
            yield node, node.args[0]


def _conversions(nodes: list[Node], function: str, issues: Issues) -> None:
    convert = conversions.to_duration if function == "duration" else conversions.to_timestamp
    for _, literal in _calls(nodes, function):
        try:
            if literal.value is None:
                raise operators.no_overload()
            convert(literal.value)
        except EvaluationError:
            issues.report(literal.pos, f"invalid {function} argument")


def _patterns(nodes: list[Node], issues: Issues) -> None:
    # Of the global form the first argument is looked at, which is the text: so does the server.
    for _, literal in _calls(nodes, "matches"):
        try:
            regexes.compile_pattern(literal.value)
        except regexes.BadPattern:
            issues.report(literal.pos, "invalid matches argument")


def _exempt(tree: Node) -> set[int]:
    """The aggregates inside of format arguments."""
    found: set[int] = set()

    def mark(node: Node) -> None:
        if isinstance(node, ListLiteral | MapLiteral):
            found.add(id(node))
            for child in node.children():
                mark(child)

    for node in walk(tree):
        if isinstance(node, Call) and node.function == "format":
            for child in node.children():
                mark(child)
    return found


def _inner(node: Node, optional: bool) -> Type:
    kind = node.type
    return kind.params[0] if optional and kind.params else kind


def _mismatch(node: Node, expected: Type, found: Type, issues: Issues) -> None:
    issues.report(node.pos, f"expected type '{expected}' but found '{found}'")


def _uniform_list(node: ListLiteral, issues: Issues) -> None:
    expected: Type | None = None
    for index, element in enumerate(node.elements):
        found = _inner(element, index in node.optional)
        if expected is None:
            expected = found
        elif expected != found:
            _mismatch(element, expected, found, issues)
            return


def _uniform_map(node: MapLiteral, issues: Issues) -> None:
    expected: tuple[Type, Type] | None = None
    for entry in node.entries:
        assert isinstance(entry.key, Node)
        found = entry.key.type, _inner(entry.value, entry.optional)
        if expected is None:
            expected = found
            continue
        if expected[0] != found[0]:
            _mismatch(entry.key, expected[0], found[0], issues)
        if expected[1] != found[1]:
            _mismatch(entry.value, expected[1], found[1], issues)


def _format(node: Node, issues: Issues) -> None:
    if (
        not isinstance(node, Call)
        or node.function != "format"
        or not isinstance(node.target, Literal)
        or len(node.args) != 1
    ):
        return
    arguments = node.args[0]
    if type(node.target.value) is not str or not isinstance(arguments, ListLiteral):
        return
    try:
        _, used = interpolate(node.target.value, arguments.elements, _check_clause)
    except FormatError as error:
        issues.report(error.culprit.pos, error.message)
    except EvaluationError as error:
        issues.report(node.pos, error.message)
    else:
        count = len(arguments.elements)
        if count > used:
            issues.report(node.pos, f"too many arguments supplied to string.format (expected {used}, got {count})")


def _check_clause(verb: str, precision: int, argument: Node) -> str:
    if verb == "s":
        bad = _not_printable(argument)
        if bad is not None:
            raise complain(verb, runtime_name(bad.type), bad)
        return ""
    kind = argument.type
    if types.is_dyn(kind) or kind.kind in _ACCEPTED[verb]:
        return ""
    special = isinstance(argument, Literal) and argument.value in ("NaN", "Infinity", "-Infinity")
    if verb in ("f", "e") and special:
        return ""
    raise complain(verb, runtime_name(kind), argument)


def _not_printable(node: Node) -> Node | None:
    if not types.is_dyn(node.type) and node.type.kind not in _ACCEPTED["s"]:
        return node
    if isinstance(node, ListLiteral | MapLiteral):
        for child in node.children():
            found = _not_printable(child)
            if found is not None:
                return found
    return None
