"""Functions as libraries declare them: overloads with argument types, result type and implementation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from kubegate.cel.types import Type, variables_of

Implementation = Callable[..., Any]
Cost = Callable[[tuple[Any, ...], Any], int]
"""(arguments, result) -> cost of a call."""


@dataclass(frozen=True, slots=True)
class Overload:
    """One signature. ``args`` include the receiver of a member function. ``implementation`` may be None for the built-in
    operators, which the planner knows. ``cost`` is what a call costs where no other overload fits its types; else the
    function's cost counts."""

    id: str
    args: tuple[Type, ...]
    result: Type
    member: bool = False
    implementation: Implementation | None = None
    variables: frozenset[str] = field(default=frozenset())
    cost: Cost | None = None


def overload(
    id: str,
    args: Iterable[Type],
    result: Type,
    implementation: Implementation | None = None,
    cost: Cost | None = None,
    *,
    member: bool = False,
) -> Overload:
    """An `Overload` with its type variables found out."""
    listed = tuple(args)
    names = variables_of(result).union(*(variables_of(arg) for arg in listed))
    return Overload(id, listed, result, member, implementation, names, cost)


def member(
    id: str, args: Iterable[Type], result: Type, implementation: Implementation | None = None, cost: Cost | None = None
) -> Overload:
    """The `Overload` of a function with a receiver, which is the first of ``args``."""
    return overload(id, args, result, implementation, cost, member=True)


@dataclass(frozen=True, slots=True)
class Function:
    """A function: overloads in order. ``guarded``: arguments are matched against the overloads when it is called; else one
    implementation takes all (``"no such overload"`` is then its business)."""

    name: str
    overloads: tuple[Overload, ...]
    cost: Cost | None = None
    guarded: bool = True


@dataclass(frozen=True, slots=True)
class Library:
    """Functions, and the types that expressions may name (``type(x) == net.IP``; not all that functions return)."""

    functions: tuple[Function, ...]
    types: tuple[Type, ...] = ()


def merge(libraries: Iterable[Library]) -> dict[str, Function]:
    """The functions of several libraries by name; a function that two declare has the overloads of both."""
    found: dict[str, Function] = {}
    for library in libraries:
        for function in library.functions:
            before = found.get(function.name)
            if before is None:
                found[function.name] = function
                continue
            overloads = before.overloads + function.overloads
            guarded = before.guarded and function.guarded
            found[function.name] = Function(function.name, overloads, before.cost or function.cost, guarded)
    return found
