"""Accept headers, options of writes, warnings, YAML."""

from __future__ import annotations

from typing import Any

import pytest

from kubegate.api.status import StatusError
from kubegate.apiserver.encoding import to_yaml
from kubegate.apiserver.negotiation import JSON, YAML, Representation, check_acceptable, negotiate
from kubegate.apiserver.options import check_write_options, delete_options, manager_of, write_options
from kubegate.apiserver.warning_headers import warning_headers

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", Representation()),
        ("*/*", Representation()),
        ("application/*", Representation()),
        (YAML, Representation(YAML)),
        ("application/vnd.kubernetes.protobuf,application/json", Representation()),
        (f"application/json;q=0.5,{YAML};q=0.9", Representation(YAML)),
        ("application/json;pretty=1", Representation(JSON, pretty=True)),
        (TABLE, Representation(JSON, "Table", "v1")),
        (f"{TABLE},application/json", Representation(JSON, "Table", "v1")),
        ("application/json;as=Table;v=v9;g=meta.k8s.io,application/json", Representation()),
    ],
)
def test_what_the_client_gets(accept: str, expected: Representation) -> None:
    assert negotiate(accept, transforms=True) == expected


def test_what_nobody_can_give() -> None:
    with pytest.raises(StatusError, match="406: Not Acceptable"):
        check_acceptable("text/html")
    with pytest.raises(StatusError, match="only the following media types are accepted"):
        negotiate(TABLE, transforms=False)


@pytest.mark.parametrize(
    ("kind", "query", "apply", "message"),
    [
        ("CreateOptions", {"dryRun": ["Some"]}, False, 'dryRun: Unsupported value: ["Some"]: supported values: "All"'),
        ("CreateOptions", {"dryRun": [""]}, False, 'dryRun: Unsupported value: [""]'),
        ("UpdateOptions", {"fieldValidation": ["x"]}, False, 'supported values: "", "Ignore", "Strict", "Warn"'),
        ("CreateOptions", {"fieldManager": ["x" * 129]}, False, "fieldManager: Too long: may not be more than 128 bytes"),
        ("CreateOptions", {"fieldManager": ["a\nb"]}, False, "should only contain printable characters"),
        ("PatchOptions", {}, True, "fieldManager: Required value: is required for apply patch"),
        ("PatchOptions", {"force": ["true"]}, False, "force: Forbidden: may not be specified for non-apply patch"),
    ],
)
def test_bad_options(kind: str, query: dict[str, list[str]], apply: bool, message: str) -> None:
    with pytest.raises(StatusError) as caught:
        check_write_options(kind, write_options(kind, query), apply=apply)
    assert caught.value.status.code == 422
    assert caught.value.status.message.startswith(f'{kind}.meta.k8s.io "" is invalid: ')
    assert message in caught.value.status.message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"propagationPolicy": "Nope"}, 'supported values: "Foreground", "Background", "Orphan", "nil"'),
        (
            {"propagationPolicy": "Orphan", "orphanDependents": True},
            "orphanDependents and deletionPropagation cannot be both set",
        ),
        ({"dryRun": ["No"]}, "dryRun: Unsupported value"),
    ],
)
def test_bad_delete_options(body: dict[str, Any], message: str) -> None:
    with pytest.raises(StatusError, match=r'DeleteOptions\.meta\.k8s\.io "" is invalid') as caught:
        delete_options({}, body)
    assert message in caught.value.status.message


def test_a_body_wins_over_the_query() -> None:
    query = {"gracePeriodSeconds": ["5"]}
    assert delete_options(query, None)["gracePeriodSeconds"] == 5
    assert "gracePeriodSeconds" not in delete_options(query, {})


@pytest.mark.parametrize(
    ("options", "agent", "manager"),
    [({"fieldManager": "me"}, "kubectl/v1", "me"), ({}, "kubectl/v1.36 (linux)", "kubectl"), ({}, "", "")],
)
def test_managers(options: dict[str, str], agent: str, manager: str) -> None:
    assert manager_of(options, agent) == manager


def test_warnings_are_quoted_and_bounded() -> None:
    assert warning_headers(['a "b" \\ c\nd']) == [("Warning", '299 - "a \\"b\\" \\\\ c d"')]
    long = warning_headers(["x" * 3000, "y" * 3000])
    assert [len(value) for _, value in long] == [len('299 - ""') + 256] * 2


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("true", '"true"'),
        ("12", '"12"'),
        ("2026-01-01T00:00:00Z", '"2026-01-01T00:00:00Z"'),
        ("", '""'),
        ("a: b", "'a: b'"),
        ("two\nlines\n", "|\n  two\n  lines"),
    ],
)
def test_yaml_texts(value: str, text: str) -> None:
    assert to_yaml({"k": value}).decode() == f"k: {text}\n"


def test_yaml_keys_are_sorted_and_lists_not_indented() -> None:
    assert to_yaml({"b": [{"x": 1}], "a": {}}) == b"a: {}\nb:\n- x: 1\n"
