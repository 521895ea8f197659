"""FlowSchemas say whether their priority level exists."""

from __future__ import annotations

from typing import Any

import pytest

from kubegate.api.catalog import builtin
from kubegate.controllers.flow_schemas import CONTROLLER
from kubegate.controllers.interface import Context, Work
from kubegate.store.interface import Key
from kubegate.store.memory import MemoryStore

SCHEMAS, LEVELS = (f"{name}.flowcontrol.apiserver.k8s.io" for name in ("flowschemas", "prioritylevelconfigurations"))
ABOUT = 'This FlowSchema references the PriorityLevelConfiguration object named "l"'


class Client:
    """A fake client that keeps what was applied."""

    def __init__(self) -> None:
        self.applied: list[tuple[str, Any]] = []

    def patch(self, path: str, patch: dict[str, Any], media_type: str) -> dict[str, Any]:
        assert media_type == "application/apply-patch+yaml"
        self.applied.append((path, patch["status"]["conditions"]))
        return patch


def judged(*conditions: dict[str, str], level: bool, work: Work) -> list[tuple[str, Any]]:
    store, client = MemoryStore(), Client()
    spec = {"priorityLevelConfiguration": {"name": "l"}}
    store.create(
        Key(SCHEMAS, "", "s"), {"metadata": {"name": "s", "uid": "u"}, "spec": spec, "status": {"conditions": [*conditions]}}
    )
    if level:
        store.create(Key(LEVELS, "", "l"), {"metadata": {"name": "l"}})
    CONTROLLER.build(Context(store, client, builtin)).reconcile(work)  # type: ignore[arg-type]
    return client.applied


@pytest.mark.parametrize("work", [Work("", "s"), Work("", "")])
@pytest.mark.parametrize(
    ("level", "status", "reason", "text"),
    [(True, "False", "Found", "and it exists"), (False, "True", "NotFound", "but there is no such object")],
)
def test_the_condition(work: Work, level: bool, status: str, reason: str, text: str) -> None:
    [(path, [condition])] = judged(level=level, work=work)
    assert path.startswith("/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/s/status?")
    assert (condition["type"], condition["status"], condition["reason"]) == ("Dangling", status, reason)
    assert condition["message"] == f"{ABOUT} {text}"


def test_what_is_said_already_is_not_said_again() -> None:
    assert judged({"type": "Dangling", "status": "False"}, level=True, work=Work("", "s")) == []
    assert judged({"type": "Dangling", "status": "False"}, level=False, work=Work("", "s")) != []


def test_what_is_gone_has_no_condition() -> None:
    assert judged(level=True, work=Work("", "other")) == []
