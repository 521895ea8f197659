"""Policy files: what is accepted, and what stops the start with file, line number and content."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubegate.authz.abac.load import MAX_LINE, load_policy_file
from kubegate.authz.abac.policy import Policy
from kubegate.errors import ConfigurationError

V1BETA1 = '{"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": %s}'


def load(tmp_path: Path, text: str) -> tuple[Policy, ...]:
    path = tmp_path / "policy.jsonl"
    path.write_bytes(text.encode())
    return load_policy_file(str(path))


ACCEPTED = {
    "an empty file": ("", 0),
    "comments and blank lines": ("# a\n\n   # b\n   \n", 0),
    "CRLF": (V1BETA1 % '{"user": "a"}' + "\r\n", 1),
    "a byte-order mark": ("\ufeff" + V1BETA1 % '{"user": "a"}', 1),
    "an empty object": ("{}\n", 1),
    "null": ("null\n", 1),
    "a YAML line": ("user: alice\n", 1),
    "an unknown field": ('{"user":"a","colour":"red"}\n', 1),
    "a duplicate key": ('{"user":"a","user":"b"}\n', 1),
    "the old form by its name": ('{"apiVersion":"abac.authorization.kubernetes.io/v0","kind":"Policy","user":"a"}\n', 1),
    "the old form by its version": ('{"apiVersion":"abac.authorization.kubernetes.io/v0","user":"a"}\n', 1),
    "a number out of range": ('{"user":"a","x":1e999}\n', 1),
    "half a character": ('{"user":"\\ud800"}\n', 1),
    "YAML after a byte-order mark": ("\ufeff{'user': 'a'}\n", 1),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_accepted(tmp_path: Path, case: str) -> None:
    text, policies = ACCEPTED[case]
    assert len(load(tmp_path, text)) == policies


REFUSED = {
    "{": "line 1: {: couldn't get version/kind; json parse error: unexpected end of JSON input",
    "{bad": "line 1: {bad: couldn't get version/kind; json parse error: "
    "invalid character 'b' looking for beginning of object key string",
    '{"user":["a"]}': 'line 1: {"user":["a"]}: json: cannot unmarshal array into Go struct field Policy.user of type string',
    V1BETA1 % "[]": "json: cannot unmarshal array into Go struct field Policy.spec of type v1beta1.PolicySpec",
    V1BETA1 % '{"readonly": "yes"}': "cannot unmarshal string into Go struct field PolicySpec.spec.readonly of type bool",
    '{"apiVersion":"v1","kind":"Pod"}': 'no kind "Pod" is registered for version "v1"',
    '{"apiVersion":"abac.authorization.kubernetes.io/v1beta1"}': "unknown conversion",
    '{"kind":"Role","user":"a"}': 'no kind "Role" is registered for version "abac.authorization.kubernetes.io/v0"',
    '{"KIND":"Role","user":"a"}': 'no kind "Role" is registered for version "abac.authorization.kubernetes.io/v0"',
    '{"a":' * 5000 + "1" + "}" * 5000: "json parse error: exceeded max depth",
    '{"apiVersion":"v0","user":"a"}': 'no kind "Policy" is registered for version "v0"',
}


@pytest.mark.parametrize("line", REFUSED)
def test_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        load(tmp_path, line + "\n")
    assert REFUSED[line] in str(error.value)


def test_version_and_kind_are_found_in_any_letter_case_and_nothing_else_is(tmp_path: Path) -> None:
    line = (V1BETA1 % '{"user": "a", "NAMESPACE": "x"}').replace("apiVersion", "ApiVersion").replace("kind", "KIND")
    (policy,) = load(tmp_path, line)
    assert (policy.user, policy.namespace, policy.resource) == ("a", "", "")


def test_bytes_that_are_no_text_are_replaced_in_json_and_refused_in_yaml(tmp_path: Path) -> None:
    path = tmp_path / "policy.jsonl"
    path.write_bytes(b'{"user": "a\xff"}\n')
    (policy,) = load_policy_file(str(path))
    assert policy.user == "a\ufffd"
    path.write_text('{"user": "a\\ud800"}')
    assert load_policy_file(str(path))[0].user == "a\ufffd"
    path.write_bytes(b"user: a\xff\n")
    with pytest.raises(ConfigurationError, match="line 1"):
        load_policy_file(str(path))


def test_the_line_number_counts_comments(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"policy\.jsonl, line 3: \{bad:"):
        load(tmp_path, "# c\n\n{bad\n")


def test_a_line_of_64_kib_is_refused(tmp_path: Path) -> None:
    line = V1BETA1 % ('{"user": "%s"}' % ("a" * MAX_LINE))
    with pytest.raises(ConfigurationError, match="token too long"):
        load(tmp_path, line)


def test_a_missing_file_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such file or directory"):
        load_policy_file(str(tmp_path / "absent"))
