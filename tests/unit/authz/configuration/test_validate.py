"""AuthorizationConfiguration files: everything wrong is named, at once, where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubegate.api.duration import SECOND
from kubegate.authz.configuration.model import load_authorization_configuration
from kubegate.authz.configuration.validate import missing_complaint, name_complaints, new_complaint, validate
from kubegate.errors import ConfigurationError

HEAD = "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthorizationConfiguration\n"
WEBHOOK = """authorizers:
- type: Webhook
  name: hook
  webhook:
    timeout: {timeout}
    authorizedTTL: {authorized}
    subjectAccessReviewVersion: {version}
    failurePolicy: {policy}
    connectionInfo:
      type: KubeConfigFile
      kubeConfigFile: {file}
"""


def complaints(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "config.yaml"
    path.write_text(HEAD + text)
    configuration = load_authorization_configuration(str(path))
    return [str(error) for error in validate(configuration, lambda expression: "")] or name_complaints(configuration)


def webhook(tmp_path: Path, **values: str) -> str:
    kubeconfig = tmp_path / "hook.kubeconfig"
    kubeconfig.touch()
    good = {"timeout": "3s", "authorized": "1s", "version": "v1", "policy": "Deny", "file": str(kubeconfig)}
    return WEBHOOK.format(**{**good, **values})


def test_a_good_file_has_no_complaints(tmp_path: Path) -> None:
    assert complaints(tmp_path, webhook(tmp_path)) == []


WEBHOOK_COMPLAINTS = [
    ({"timeout": "31s"}, 'authorizers[0].timeout: Invalid value: "31s": must be > 0s and <= 30s'),
    ({"timeout": "0s"}, "authorizers[0].timeout: Required value"),
    ({"authorized": "-5s"}, 'authorizers[0].authorizedTTL: Invalid value: "-5s": must be > 0s'),
    (
        {"version": "v2"},
        'authorizers[0].subjectAccessReviewVersion: Unsupported value: "v2": supported values: "v1", "v1beta1"',
    ),
    ({"policy": "''"}, "authorizers[0].failurePolicy: Required value"),
    ({"file": "x"}, 'authorizers[0].connectionInfo.kubeConfigFile: Invalid value: "x": must be an absolute path'),
    ({"file": "/"}, 'authorizers[0].connectionInfo.kubeConfigFile: Invalid value: "/": must be a regular file'),
    (
        {"file": "/no//such/file/"},
        'authorizers[0].connectionInfo.kubeConfigFile: Invalid value: "/no//such/file/": '
        "error loading file: stat /no//such/file/: no such file or directory",
    ),
    (
        {"file": '"/a\\0b"'},
        r'authorizers[0].connectionInfo.kubeConfigFile: Invalid value: "/a\x00b": '
        "error loading file: stat /a\0b: invalid argument",
    ),
]


@pytest.mark.parametrize(("values", "message"), WEBHOOK_COMPLAINTS)
def test_webhook_settings(tmp_path: Path, values: dict[str, str], message: str) -> None:
    assert complaints(tmp_path, webhook(tmp_path, **values)) == [message]


CHAIN_COMPLAINTS = [
    ("authorizers: []\n", ["authorizers: Required value: at least one authorization mode must be defined"]),
    ("authorizers: [{type: RBAC}]\n", ["authorizers[0].name: Required value"]),
    (
        "authorizers: [{type: RBAC, name: mine}, {type: Node, name: node}, {type: ABAC, name: rbac}]\n",
        [
            "expected name rbac for authorizer RBAC instead of mine",
            "expected name abac for authorizer ABAC instead of rbac",
        ],
    ),
    (
        "authorizers: [{type: RBAC, name: rbac}, {type: RBAC, name: rbac2}]\n",
        ['authorizers[1].type: Duplicate value: "RBAC"'],
    ),
    (
        "authorizers: [{type: Nope, name: nope}, {type: Webhook, name: x}]\n",
        [
            'authorizers[0].type: Unsupported value: "Nope": supported values: '
            '"ABAC", "AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook"',
            "authorizers[1].webhook: Required value: required when type=Webhook",
        ],
    ),
]


@pytest.mark.parametrize(("text", "messages"), CHAIN_COMPLAINTS)
def test_the_chain(tmp_path: Path, text: str, messages: list[str]) -> None:
    assert complaints(tmp_path, text) == messages


UNDECODABLE = [
    ("authorizers: []\nextra: 1\n", 'strict decoding error: unknown field "extra"'),
    ("authorizers: [{type: RBAC, nam: x}]\n", 'strict decoding error: unknown field "authorizers[0].nam"'),
    (
        "authorizers: []\nauthorizers: []\n",
        'strict decoding error: yaml: unmarshal errors:\n  line 4: key "authorizers" already set in map',
    ),
    ("authorizers: {}\n", "json: cannot unmarshal object into Go struct field AuthorizationConfiguration.authorizers"),
    ("authorizers: [\n", "from file: yaml: line 3: did not find expected node content"),
]


@pytest.mark.parametrize(("text", "message"), UNDECODABLE)
def test_what_cannot_be_decoded(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        complaints(tmp_path, text)
    assert str(error.value).startswith("failed to load AuthorizationConfiguration from file: ")
    assert message in str(error.value)


def test_an_expression_is_compiled_once_and_its_complaint_shown(tmp_path: Path) -> None:
    text = webhook(tmp_path) + (
        "    matchConditionSubjectAccessReviewVersion: v1\n"
        "    matchConditions: [{expression: 'a'}, {expression: 'a'}, {expression: ' '}]\n"
    )
    path = tmp_path / "config.yaml"
    path.write_text(HEAD + text)
    errors = validate(load_authorization_configuration(str(path)), lambda expression: f"no {expression}")
    assert [str(error) for error in errors] == [
        'authorizers[0].matchConditions[0].expression: Invalid value: "a": no a',
        'authorizers[0].matchConditions[1].expression: Duplicate value: "a"',
        "authorizers[0].matchConditions[2].expression: Required value",
    ]


ACCESS = "authorizers:\n- {{type: {type}, name: {name}, accessPolicy: {{paths: [{paths}]}}}}\n"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, ""),
        ({"name": "mine"}, "expected name accesspolicy for authorizer AccessPolicy instead of mine"),
        ({"paths": ""}, "authorizers[0].accessPolicy.paths: Required value"),
        ({"paths": "x"}, 'authorizers[0].accessPolicy.paths[0]: Invalid value: "x": must be an absolute path'),
        (
            {"paths": "/no/such"},
            'authorizers[0].accessPolicy.paths[0]: Invalid value: "/no/such": no such file or directory',
        ),
        (
            {"type": "RBAC", "name": "rbac"},
            'authorizers[0].accessPolicy: Invalid value: "non-null": may only be specified when type=AccessPolicy',
        ),
    ],
)
def test_access_policies(tmp_path: Path, values: dict[str, str], message: str) -> None:
    good = {"type": "AccessPolicy", "name": "accesspolicy", "paths": str(tmp_path)}
    assert complaints(tmp_path, ACCESS.format(**{**good, **values})) == ([message] if message else [])


def test_our_own_type_is_not_among_those_that_the_server_names(tmp_path: Path) -> None:
    text = "authorizers:\n- {type: Nonsense, name: hook}\n"
    assert complaints(tmp_path, text)[0].endswith('"ABAC", "AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook"')


def test_a_wrong_type_of_connection_shows_the_whole(tmp_path: Path) -> None:
    text = webhook(tmp_path).replace("type: KubeConfigFile", "type: Telepathy").replace("kubeConfigFile:", "# ")
    assert complaints(tmp_path, text) == [
        'authorizers[0].connectionInfo.type: Unsupported value: {"Type":"Telepathy","KubeConfigFile":null}: '
        'supported values: "InClusterConfig", "KubeConfigFile"'
    ]


def test_a_time_to_live_of_zero_has_the_default(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(HEAD + webhook(tmp_path, authorized="0s"))
    found = load_authorization_configuration(str(path)).authorizers[0].webhook
    assert found is not None and (found.authorizedTTL, found.unauthorizedTTL) == (300 * SECOND, 30 * SECOND)


@pytest.mark.parametrize(
    ("timeout", "message"),
    [
        ("3", "json: cannot unmarshal number into Go value of type string"),
        ("[]", "json: cannot unmarshal array into Go value of type string"),
        ("null", 'time: invalid duration ""'),
        ("3 s", 'time: unknown unit " s" in duration "3 s"'),
    ],
)
def test_a_duration_is_a_text(tmp_path: Path, timeout: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        complaints(tmp_path, webhook(tmp_path, timeout=timeout))
    assert caught.value.message == f"failed to load AuthorizationConfiguration from file: {message}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("authorizers: null\n", ["authorizers: Required value: at least one authorization mode must be defined"]),
        ("authorizers: [null]\n", ["authorizers[0].type: Required value"]),
        ("authorizers: [{type: RBAC, name: null}]\n", ["authorizers[0].name: Required value"]),
        ("authorizers: [{type: RBAC, name: rbac, webhook: null}]\n", []),
    ],
)
def test_null_says_nothing(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert complaints(tmp_path, text) == expected


def test_an_unknown_field_is_unknown_also_without_value(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match='unknown field "extra"'):
        complaints(tmp_path, "authorizers: [{type: RBAC, name: rbac}]\nextra: null\n")


def test_wrong_types_are_named_by_their_field(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        complaints(tmp_path, "authorizers: [{type: RBAC, name: 1}]\n")
    assert "Go struct field AuthorizerConfiguration.authorizers.name of type string" in caught.value.message


def test_an_empty_file_is_an_empty_configuration(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("")
    assert load_authorization_configuration(str(path)).authorizers == []
    path.write_text("# nothing\n")
    with pytest.raises(ConfigurationError, match="Object 'Kind' is missing"):
        load_authorization_configuration(str(path))


RELOADS = [
    (["RBAC", "Node"], ["Webhook", "RBAC", "Node", "AlwaysDeny"], "", ""),
    (["RBAC", "Webhook", "AccessPolicy"], ["RBAC"], "", ""),
    (["RBAC", "Node", "AlwaysDeny"], ["RBAC"], "missing required types: [AlwaysDeny Node]", ""),
    (["Webhook"], ["RBAC"], "", "authorizer type RBAC is not allowed if it was not enabled at initial server startup"),
    (
        ["RBAC"],
        ["RBAC", "Node", "ABAC"],
        "",
        "authorizer type Node is not allowed if it was not enabled at initial server startup",
    ),
]


@pytest.mark.parametrize(("started", "types", "missing", "new"), RELOADS)
def test_what_a_reload_may_not_change(started: list[str], types: list[str], missing: str, new: str) -> None:
    assert (missing_complaint(types, started), new_complaint(types, started)) == (missing, new)
