"""JSONPaths: what is read, and the complaints about the rest."""

import pytest

from kubegate.registry.validation.json_paths import json_path_problem


@pytest.mark.parametrize(
    "path",
    [
        "spec.validations[0].expression",
        ".spec.validations[*].expression",
        ".a['b.c'].d[1:3].e[-1:]",
        "..image",
        ".a[0,1]['x','y']",
        ".items[?(@.name == 'x')].value",
        ".items[?(@.ready)]",
        "$.a",
        "range .items[*]} text {end",
        "'a\\n'",
        ".a\\.b",
        "1.5",
    ],
)
def test_read(path: str) -> None:
    assert json_path_problem(path) == ""


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        (".a[0", "unterminated array"),
        (".a[x]", "invalid array index x"),
        (".a[-]", "array index - is not a number"),
        (".a[0,x]", "invalid array index x"),
        (".a{.b", "unrecognized character in action: U+007B '{'"),
        ("!", "unrecognized character in action: U+0021 '!'"),
        ("a\nb", "unclosed action"),
        ("....a", "invalid multiple recursive descent"),
        ("'a", "unterminated quoted string"),
        ("'\\q'", "unquote string '\\q' error invalid syntax"),
        (".a[?(@.b == 'x]", "unterminated filter"),
        (".a[?(@.b)", "unclosed array expect ]"),
        (".a[?(! == 1)]", "unrecognized character in action: U+0021 '!'"),
        ("1.2.3", "cannot parse number 1.2.3"),
        ("-", "cannot parse number -"),
    ],
)
def test_complaints(path: str, problem: str) -> None:
    assert json_path_problem(path) == problem
