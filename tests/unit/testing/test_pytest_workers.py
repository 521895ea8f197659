"""What operators need goes from the workers of pytest-xdist to the main process, which writes the file.

A whole run with workers takes seconds; here stand their configurations alone, as xdist makes them.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from kubegate.api.user import User
from kubegate.authz.interface import Attributes
from kubegate.testing import pytest_operator
from kubegate.testing.server.needs import Need, from_line, to_line

ROBOT = User("system:serviceaccount:ops:robot", groups=("system:serviceaccounts",))


def need(verb: str, resource: str = "pods", granting: Any = None, group: str = "") -> Need:
    return Need(Attributes(ROBOT, verb, True, group, "v1", resource, "", "default", ""), granting)


def config(folder: Path, *needs: Need, **more: Any) -> Any:
    made = SimpleNamespace(stash=pytest.Stash(), invocation_params=SimpleNamespace(dir=folder), **more)
    made.getoption = {"--kubegate-write-role": "roles.yaml"}.__getitem__
    made.stash[pytest_operator._NEEDS] = [to_line(each) for each in needs]
    return made


def session_of(configuration: Any) -> Any:
    return SimpleNamespace(config=configuration)


def test_workers_hand_over_what_they_saw(tmp_path: Path) -> None:
    main = config(tmp_path)
    for verb in ("list", "watch"):
        worker = config(tmp_path, need(verb), need("list"), workeroutput={})
        pytest_operator.pytest_sessionfinish(session_of(worker))
        assert not (tmp_path / "roles.yaml").exists()
        pytest_operator.pytest_testnodedown(SimpleNamespace(config=main, workeroutput=worker.workeroutput), None)
    pytest_operator.pytest_testnodedown(SimpleNamespace(config=main), "crashed before it said anything")
    pytest_operator.pytest_sessionfinish(session_of(main))
    role, binding = yaml.safe_load_all((tmp_path / "roles.yaml").read_text())
    assert role["rules"] == [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]}]
    assert binding["subjects"] == [{"kind": "ServiceAccount", "namespace": "ops", "name": "robot"}]


def test_without_the_option_nothing_is_written(tmp_path: Path) -> None:
    main = config(tmp_path, need("list"))
    main.getoption = {"--kubegate-write-role": ""}.__getitem__
    pytest_operator.pytest_sessionfinish(session_of(main))
    assert list(tmp_path.iterdir()) == []


def test_lines_hold_all_that_matters() -> None:
    binding = {"kind": "RoleBinding", "roleRef": {"kind": "ClusterRole", "name": "view"}}
    for each in (need("list"), need("create", "rolebindings", binding, "rbac.authorization.k8s.io")):
        assert from_line(to_line(each)) == each
