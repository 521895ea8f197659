"""The objects whose specification nobody may change.

Source: k8s.io/apiserver ``pkg/apis/flowcontrol/bootstrap``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kubegate.api.field_errors import FieldError, invalid
from kubegate.api.names import Object

_ALL = {
    "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "clusterScope": True, "namespaces": ["*"]}],
    "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
}
_ANYBODY = [
    {"kind": "Group", "group": {"name": "system:unauthenticated"}},
    {"kind": "Group", "group": {"name": "system:authenticated"}},
]
_MASTERS = [{"kind": "Group", "group": {"name": "system:masters"}}]

SCHEMAS: Mapping[str, Object] = {
    "exempt": {
        "priorityLevelConfiguration": {"name": "exempt"},
        "matchingPrecedence": 1,
        "rules": [{"subjects": _MASTERS, **_ALL}],
    },
    "catch-all": {
        "priorityLevelConfiguration": {"name": "catch-all"},
        "matchingPrecedence": 10000,
        "distinguisherMethod": {"type": "ByUser"},
        "rules": [{"subjects": _ANYBODY, **_ALL}],
    },
}
LEVELS: Mapping[str, Object] = {
    "exempt": {"type": "Exempt"},
    "catch-all": {
        "type": "Limited",
        "limited": {"nominalConcurrencyShares": 5, "lendablePercent": 0, "limitResponse": {"type": "Reject"}},
    },
}


def check_mandatory(
    errors: list[FieldError], name: str, spec: Object, mandatory: Mapping[str, Object], free: str = ""
) -> None:
    """Complain if an object of a fixed name has not its fixed specification; the field ``free`` may differ."""
    fixed = mandatory.get(name)
    if fixed is None:
        return
    exception = f" except the 'spec.{free}' field" if free and free in spec else ""
    if _normal({key: value for key, value in spec.items() if key != free}) != _normal(fixed):
        text = f"spec of '{name}'{exception} must equal the fixed value"
        errors.append(invalid("spec", spec, text))


def _normal(value: Any) -> Any:
    """The value with its lists in one order: nothing here depends on that of the writer."""
    if isinstance(value, dict):
        return {key: _normal(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted((_normal(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return value
