"""The golden access matrix: what everybody may do now, written down so that a change shows.

``--init`` writes a suite of it, ``--update`` writes the matrices of suites anew; the rest of the file stays as it is."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import yaml

from kubegate.analysis.matrix.cells import VERBS
from kubegate.analysis.matrix.subjects import EVERYWHERE
from kubegate.analysis.reach import reach
from kubegate.compose.dry_run import Engine
from kubegate.errors import InvalidInput
from kubegate.testing.cases.access import MatrixCase
from kubegate.testing.running.runner import LoadedSuite, open_suite
from kubegate.testing.stages.access.matrix import MatrixRunner, bound
from kubegate.testing.suites.suite import API_VERSION, KIND, Suite
from kubegate.testing.suites.users import user_of

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 ./_-]*(:[A-Za-z0-9./_-]+)*\Z")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})

Table = dict[str, dict[str, str]]
"""Subject -> resource -> verbs."""


def initial(file: Path, policies: Iterable[str]) -> str:
    """The text of a new suite at ``file`` over manifests (as paths from the current directory).

    Raises `InvalidInput` if a manifest is wrong or there is nobody to write about."""
    places = [os.path.relpath(policy, file.parent) for policy in policies]
    suite = Suite.model_validate({"apiVersion": API_VERSION, "kind": KIND, "spec": {"policies": places}})
    loaded = LoadedSuite.of(file, suite)
    cases = list(_cases(loaded.engine))
    if not cases:
        raise InvalidInput("no binding has a subject besides the system's own: there is nothing to write down")
    name = file.name.removesuffix(".kubegate.yaml")
    lines = [f"apiVersion: {API_VERSION}", f"kind: {KIND}", "metadata:", f"  name: {_quoted(name)}", "spec:", "  policies:"]
    lines += [f"  - {_quoted(place)}" for place in places]
    lines += ["  # What everybody may do; `kubegate test --update` writes it anew.", *_matrix(loaded, cases, "  ")]
    return "\n".join(lines) + "\n"


def updated(file: Path) -> str | None:
    """The text of a suite with its matrices as things are now; None if it has none, or they are so already."""
    loaded, text = open_suite(file), file.read_text(encoding="utf-8")
    cases = loaded.suite.spec.matrix
    if not cases:
        return None
    fresh = [
        case.model_copy(update={"subjects": _rows(loaded, case), "resources": _columns(loaded, case)}) for case in cases
    ]
    first, end, indent = _span(file, text)
    lines = text.splitlines()
    new = "\n".join([*lines[:first], *_matrix(loaded, fresh, indent), *lines[end:]]) + "\n"
    return new if new != text else None


def _span(file: Path, text: str) -> tuple[int, int, str]:
    """The lines of ``spec.matrix`` (from, to) and how far it is indented."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode)
    spec = next(value for key, value in root.value if key.value == "spec")
    key, value = next((key, value) for key, value in spec.value if key.value == "matrix")
    if spec.flow_style:
        raise InvalidInput(f"{file}: spec is written in braces, which --update does not rewrite")
    lines = text.splitlines()
    end = value.end_mark.line + (1 if value.flow_style else 0)
    while end > key.start_mark.line + 1 and _is_between(lines[end - 1]):
        end -= 1  # comments and blank lines after it are of what follows
    return key.start_mark.line, end, " " * key.start_mark.column


def _is_between(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _cases(engine: Engine) -> Iterator[MatrixCase]:
    """One for what holds everywhere, and one a namespace."""
    own = bound(engine)
    scopes = sorted({scope for scopes in own.values() for scope in scopes}, key=lambda scope: (scope != EVERYWHERE, scope))
    for scope in scopes:
        named: dict[str, dict[str, str | list[str]]] = {str(who): {} for who, scopes in own.items() if scope in scopes}
        yield MatrixCase(namespace=scope, resources="all", complete=True, subjects=named)


def _columns(loaded: LoadedSuite, case: MatrixCase) -> list[str] | Literal["all"]:
    """The columns, also those that only rows named: afterwards no row may do so."""
    return "all" if case.resources == "all" else list(_runner(loaded).columns(case))


def _runner(loaded: LoadedSuite) -> MatrixRunner:
    return MatrixRunner(str(loaded.path), loaded.suite, loaded.engine, loaded.vocabulary, lambda _: "")


def _rows(loaded: LoadedSuite, case: MatrixCase) -> dict[str, dict[str, str | list[str]]]:
    """The subjects that the matrix names; of a complete one those that have bindings now."""
    users = loaded.suite.spec.users
    names = dict.fromkeys(case.subjects)
    if case.complete:
        own = [who for who, scopes in bound(loaded.engine).items() if case.namespace in scopes]
        everybody = {who.as_user() for who in own}
        names = {name: None for name in names if user_of(name, users) in everybody}
        known = {user_of(name, users) for name in names}
        names |= {str(who): None for who in own if who.as_user() not in known}
    return {name: case.subjects.get(name, {}) for name in names}


def _matrix(loaded: LoadedSuite, cases: Iterable[MatrixCase], indent: str) -> Iterator[str]:
    """The lines of ``matrix:``; rows that are alike are written once."""
    rows = _Anchors()
    yield f"{indent}matrix:"
    for case in cases:
        yield f"{indent}- namespace: {_quoted(case.namespace)}"
        if tuple(case.verbs) != VERBS:
            yield f"{indent}  verbs: [{', '.join(map(_quoted, case.verbs))}]"
        if case.resources:
            listed = "all" if case.resources == "all" else f"[{', '.join(map(_quoted, case.resources))}]"
            yield f"{indent}  resources: {listed}"
        if case.complete:
            yield f"{indent}  complete: true"
        table = observed(loaded, case)
        yield f"{indent}  subjects:" + ("" if table else " {}")
        for name, row in table.items():
            yield from rows.lines(name, row, f"{indent}    ")


class _Anchors:
    """Writes a row, or refers to one like it that was written before."""

    def __init__(self) -> None:
        self._known: dict[tuple[tuple[str, str], ...], str] = {}

    def lines(self, name: str, row: dict[str, str], indent: str) -> Iterator[str]:
        key, title = tuple(row.items()), _quoted(name)
        if len(row) <= 1:
            yield f"{indent}{title}: {{{', '.join(f'{_quoted(k)}: {_quoted(v)}' for k, v in row.items())}}}"
        elif key in self._known:
            yield f"{indent}{title}: *{self._known[key]}"
        else:
            anchor = self._known[key] = f"row{len(self._known) + 1}"
            yield f"{indent}{title}: &{anchor}"
            yield from (f"{indent}  {_quoted(resource)}: {_quoted(verbs)}" for resource, verbs in row.items())


def observed(loaded: LoadedSuite, case: MatrixCase) -> Table:
    """What the subjects of a matrix may do now; what is allowed of every resource is written once, as ``*``."""
    columns = _runner(loaded).columns(case)
    namespace = "" if case.namespace == EVERYWHERE else case.namespace
    table: Table = {}
    for name in case.subjects:
        user = user_of(name, loaded.suite.spec.users)
        row = {}
        possible = reach(loaded.engine.chain, loaded.engine.rbac, user, namespace)
        for resource, questions in columns.items():
            if not possible(questions[0]):
                continue
            allowed = [q.verb for q in questions if loaded.engine.chain.authorize(q.asked_by(user, namespace)).allowed]
            if allowed:
                row[resource] = EVERYWHERE if len(allowed) == len(case.verbs) else " ".join(allowed)
        whole = len(row) == len(columns) and len(set(row.values())) == 1
        table[name] = {EVERYWHERE: next(iter(row.values()))} if whole else row
    return table


def _quoted(text: str) -> str:
    """A scalar of YAML."""
    return text if _PLAIN.match(text) and text.lower() not in _WORDS else json.dumps(text, ensure_ascii=False)
