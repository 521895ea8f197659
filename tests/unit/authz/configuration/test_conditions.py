"""Match conditions of authorization webhooks."""

from __future__ import annotations

from typing import Any

import pytest

from kubegate.authz.configuration.conditions import check_condition, compile_condition
from kubegate.errors import Unavailable

POD = {
    "user": "alice",
    "groups": ["devs"],
    "resourceAttributes": {
        "namespace": "prod",
        "verb": "list",
        "resource": "pods",
        "labelSelector": {"requirements": [{"key": "app", "operator": "Exists"}]},
    },
}
PATH = {"user": "bob", "nonResourceAttributes": {"path": "/api", "verb": "get"}}

TABLE = [
    ("request.user == 'alice'", POD, True),
    ("'devs' in request.groups", PATH, False),  # groups are there, empty
    ("request.uid == ''", POD, True),
    ("has(request.resourceAttributes)", PATH, False),
    ("has(request.nonResourceAttributes) && request.nonResourceAttributes.path.startsWith('/api')", PATH, True),
    ("request.resourceAttributes.name == ''", POD, True),
    ("has(request.resourceAttributes.fieldSelector)", POD, False),
    ("request.resourceAttributes.labelSelector.requirements.exists(r, r.key == 'app' && size(r.values) == 0)", POD, True),
]


@pytest.mark.parametrize(("expression", "spec", "matches"), TABLE)
def test_conditions(expression: str, spec: dict[str, Any], matches: bool) -> None:
    assert compile_condition(expression).matches(spec) is matches


def test_an_evaluation_error_is_no_match_but_an_error() -> None:
    with pytest.raises(Unavailable) as error:
        compile_condition("request.extra['scope'][0] == 'rw'").matches(POD)
    assert error.value.message == (
        "cel evaluation error: expression 'request.extra['scope'][0] == 'rw'' resulted in error: no such key: scope"
    )


COMPLAINTS = [
    ("request.user", "must evaluate to bool but got string"),
    ("request.nope == 1", "compilation failed: ERROR: <input>:1:8: undefined field 'nope'"),
    ("authorizer.path('/x')", "compilation failed: ERROR: <input>:1:1: undeclared reference to 'authorizer'"),
    ("request.resourceAttributes.labelSelector.nope == 1", "undefined field 'nope'"),
    ("true", ""),
]


@pytest.mark.parametrize(("expression", "complaint"), COMPLAINTS)
def test_complaints(expression: str, complaint: str) -> None:
    found = check_condition(expression)
    assert complaint in found if complaint else found == ""
