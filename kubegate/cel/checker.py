"""The type checker: writes the type of every node and the overloads of every call. Source: cel-go ``checker/checker.go``."""

from __future__ import annotations

from kubegate.cel import types
from kubegate.cel.ast import (
    Call,
    Comprehension,
    Ident,
    ListLiteral,
    Literal,
    MapLiteral,
    Node,
    Select,
    Struct,
    qualified_name,
    walk,
)
from kubegate.cel.declarations import Function, Overload
from kubegate.cel.scope import Scope
from kubegate.cel.source import Issues
from kubegate.cel.types import Substitution, Type
from kubegate.cel.values import UInt

_LITERALS: dict[type, Type] = {
    type(None): types.NULL,
    bool: types.BOOL,
    int: types.INT,
    UInt: types.UINT,
    float: types.DOUBLE,
    str: types.STRING,
    bytes: types.BYTES,
}


def check(tree: Node, scope: Scope, issues: Issues) -> Type:
    """Check a tree; complaints go to ``issues``. The answer is the type of the whole."""
    checker = _Checker(scope, issues)
    checker.check(tree)
    for node in walk(tree):
        node.type = checker.mapping.apply(node.type, free_to_dyn=True)
    return tree.type


class _Checker:
    def __init__(self, scope: Scope, issues: Issues) -> None:
        self.scope = scope
        self.issues = issues
        self.mapping = Substitution()
        self.locals: list[dict[str, Type]] = []
        self.free = 0

    def fresh(self) -> Type:
        self.free += 1
        return types.param(f"_var{self.free - 1}")

    def assignable(self, values: tuple[Type, ...], targets: tuple[Type, ...]) -> bool:
        found = types.assignable(self.mapping, values, targets)
        if found is None:
            return False
        self.mapping = found
        return True

    def check(self, node: Node) -> Type:
        """The type of a node; it is also written there."""
        node.type = self._check(node)
        return node.type

    def _check(self, node: Node) -> Type:
        if isinstance(node, Literal):
            return _LITERALS[type(node.value)]
        if isinstance(node, Ident):
            return self.ident(node)
        if isinstance(node, Select):
            return self.select(node)
        if isinstance(node, Call):
            return self.call(node)
        if isinstance(node, ListLiteral):
            return self.list_literal(node)
        if isinstance(node, MapLiteral):
            return self.map_literal(node)
        if isinstance(node, Struct):
            return self.struct(node)
        assert isinstance(node, Comprehension)
        return self.comprehension(node)

    def undeclared(self, node: Node, name: str) -> Type:
        self.issues.report(node.pos, f"undeclared reference to '{name}' (in container '')")
        return types.ERROR

    def lookup(self, name: str) -> tuple[Type, object] | None:
        if name.startswith("."):
            return self.scope.ident(name[1:])
        for frame in reversed(self.locals):
            if name in frame:
                return frame[name], None
        return self.scope.ident(name)

    def ident(self, node: Ident) -> Type:
        found = self.lookup(node.name)
        if found is None:
            return self.undeclared(node, node.name)
        node.name = node.name.removeprefix(".")
        node.constant = found[1]
        return found[0]

    def select(self, node: Select) -> Type:
        name = qualified_name(node)
        found = None if name is None or self._is_local(name) else self.lookup(name)
        if found is not None and name is not None:
            # The planner reads a dotted variable as one name: the operand marks that.
            node.operand = Ident(node.pos, name.removeprefix("."), found[1])
            node.name = ""
            node.operand.type = found[0]
            return found[0]
        result = self.field(node, node.operand, node.name, optional=False)
        if node.test_only:
            return types.BOOL
        return self.mapping.apply(result)

    def _is_local(self, name: str) -> bool:
        root = name.partition(".")[0]
        return any(root in frame for frame in self.locals)

    def field(self, node: Node, operand: Node, name: str, *, optional: bool) -> Type:
        target = self.mapping.apply(self.check(operand))
        was_optional = target.kind == "opaque" and target.name == "optional_type"
        if was_optional:
            target = target.params[0]
        result = self._field_type(node, target, name)
        return types.optional_of(result) if was_optional or optional else result

    def _field_type(self, node: Node, target: Type, name: str) -> Type:
        if target.kind == "map":
            return target.params[1]
        if target.kind == "object":
            if not self.scope.knows(target.name):
                self.issues.report(node.pos, f"unexpected failed resolution of '{target.name}'")
                return types.ERROR
            found = self.scope.field_type(target.name, name)
            if found is None:
                self.issues.report(node.pos, f"undefined field '{name}'")
                return types.ERROR
            return found
        if target.kind == "param":
            self.assignable((types.DYN,), (target,))
            return types.DYN
        if target.kind not in ("dyn", "any", "error"):
            self.issues.report(node.pos, f"type '{target}' does not support field selection")
            return types.ERROR
        return types.DYN

    def call(self, node: Call) -> Type:
        if node.function == "_?._":
            field = node.args[1]
            assert isinstance(field, Literal)
            field.type = types.STRING
            return self.mapping.apply(self.field(node, node.args[0], field.value, optional=True))
        for argument in node.args:
            self.check(argument)
        if node.target is None:
            name = node.function.removeprefix(".")
            function = self.scope.functions.get(name)
            if function is None:
                return self.undeclared(node, node.function)
            node.function = name
            return self.resolve(node, function)
        prefix = qualified_name(node.target)
        if prefix is not None:
            function = self.scope.functions.get(f"{prefix.removeprefix('.')}.{node.function}")
            if function is not None:
                node.target = None
                node.function = function.name
                return self.resolve(node, function)
        self.check(node.target)
        function = self.scope.functions.get(node.function)
        if function is None:
            return self.undeclared(node, node.function)
        return self.resolve(node, function)

    def resolve(self, node: Call, function: Function) -> Type:
        if function.name in ("_&&_", "_||_"):
            return self.logical(node)
        is_member = node.target is not None
        args = tuple(argument.type for argument in node.args)
        if node.target is not None:
            args = (node.target.type, *args)
        result: Type | None = None
        chosen: list[str] = []
        for overload in function.overloads:
            if overload.member is not is_member or len(overload.args) != len(args):
                continue
            targets, returned = self.instantiate(overload)
            if not self.assignable(args, targets):
                continue
            chosen.append(overload.id)
            found = self.mapping.apply(returned)
            if result is None:
                result = found
            elif not types.is_dyn(result) and found != result:
                result = types.DYN
        if result is None:
            shown = tuple(self.mapping.apply(argument, free_to_dyn=True) for argument in args)
            signature = types.format_signature(shown, is_member)
            self.issues.report(node.pos, f"found no matching overload for '{function.name}' applied to '{signature}'")
            return types.ERROR
        node.overloads = tuple(chosen)
        return result

    def logical(self, node: Call) -> Type:
        # Not like other overloads: each operand is complained about by itself.
        fine = [self.expect(argument, types.BOOL) for argument in node.args]
        return types.BOOL if all(fine) else types.ERROR

    def instantiate(self, overload: Overload) -> tuple[tuple[Type, ...], Type]:
        if not overload.variables:
            return overload.args, overload.result
        names = {name: self.fresh() for name in sorted(overload.variables)}
        return tuple(types.rename(arg, names) for arg in overload.args), types.rename(overload.result, names)

    def unwrapped(self, node: Node, optional: bool) -> Type:
        found = self.check(node)
        if not optional:
            return found
        inner = self.mapping.apply(found)
        if inner.kind == "opaque" and inner.name == "optional_type":
            return inner.params[0]
        if inner.kind not in ("dyn", "any", "error"):
            self.issues.report(node.pos, f"expected type '{types.optional_of(inner)}' but found '{inner}'")
        return inner

    def list_literal(self, node: ListLiteral) -> Type:
        joined: Type | None = None
        for index, element in enumerate(node.elements):
            joined = self.join(joined, self.unwrapped(element, index in node.optional))
        return types.list_of(joined or self.fresh())

    def map_literal(self, node: MapLiteral) -> Type:
        keys: Type | None = None
        values: Type | None = None
        for entry in node.entries:
            assert isinstance(entry.key, Node)
            keys = self.join(keys, self.check(entry.key))
            values = self.join(values, self.unwrapped(entry.value, entry.optional))
        if keys is None or values is None:
            return types.map_of(self.fresh(), self.fresh())
        return types.map_of(keys, values)

    def join(self, before: Type | None, current: Type) -> Type:
        if before is None:
            return current
        if self.assignable((before,), (current,)):
            return types.most_general(before, current)
        return types.DYN

    def struct(self, node: Struct) -> Type:
        name = node.name.removeprefix(".")
        found = self.scope.ident(name)
        result = types.ERROR
        if found is None:
            return self.undeclared(node, node.name)
        node.name = name
        if found[0].kind != "type":
            self.issues.report(node.pos, f"'{types.format_type(found[0])}' is not a type")
        elif found[0].params[0].kind != "object":
            self.issues.report(node.pos, f"'{types.format_type(found[0].params[0])}' is not a message type")
        else:
            result = found[0].params[0]
        for entry in node.entries:
            self.initializer(result, entry.pos, str(entry.key), self.unwrapped(entry.value, entry.optional))
        return result

    def initializer(self, message: Type, pos: int, name: str, value: Type) -> None:
        expected = types.ERROR
        if message.kind == "object":
            found = self.scope.field_type(message.name, name)
            if found is None:
                self.issues.report(pos, f"undefined field '{name}'")
            else:
                expected = found
        if not self.assignable((expected,), (value,)):
            shown = self.mapping.apply(value, free_to_dyn=True)
            self.issues.report(pos, f"expected type of field '{name}' is '{expected}' but provided type is '{shown}'")

    def comprehension(self, node: Comprehension) -> Type:
        self.check(node.range)
        accumulated = self.check(node.init)
        ranged = self.mapping.apply(node.range.type)
        first, second = self.iterated(node, ranged)
        self.locals.append({node.accumulator: accumulated})
        inner = {node.first: first}
        if node.second:
            inner[node.second] = second
        self.locals.append(inner)
        self.check(node.condition)
        self.expect(node.condition, types.BOOL)
        self.check(node.step)
        self.expect(node.step, accumulated)
        self.locals.pop()
        result = self.check(node.result)
        self.locals.pop()
        return self.mapping.apply(result)

    def iterated(self, node: Comprehension, ranged: Type) -> tuple[Type, Type]:
        if ranged.kind == "list":
            return (types.INT, ranged.params[0]) if node.second else (ranged.params[0], types.DYN)
        if ranged.kind == "map":
            return ranged.params[0], ranged.params[1]
        if ranged.kind in ("dyn", "error", "param"):
            self.assignable((types.DYN,), (ranged,))
            return types.DYN, types.DYN
        shown = types.format_type(ranged)
        message = f"expression of type '{shown}' cannot be range of a comprehension (must be list, map, or dynamic)"
        self.issues.report(node.range.pos, message)
        return types.ERROR, types.ERROR

    def expect(self, node: Node, expected: Type) -> bool:
        if self.assignable((expected,), (node.type,)):
            return True
        wanted, got = self.mapping.apply(expected), self.mapping.apply(node.type)
        self.issues.report(node.pos, f"expected type '{wanted}' but found '{got}'")
        return False
