"""The examples of docs/pytest.md run as they stand there; its flags for controllers do what it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

pytest_plugins = ["pytester"]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "pytest.md"


def files() -> dict[str, str]:
    """The blocks that begin with the name of their file."""
    found = re.findall(r"```(?:python|yaml)\n# (\S+)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return dict(found)


CONTROLLERS = """
def test_controllers_run(api_server):
    from kubernetes import client, watch

    with api_server.client() as admin:
        core = client.CoreV1Api(admin)
        core.create_namespace({"metadata": {"name": "shop"}})
        for event in watch.Watch().stream(core.list_namespaced_service_account, "shop", timeout_seconds=60):
            if event["object"].metadata.name == "default":
                return
        raise AssertionError("nobody made the account")
"""


def test_the_examples(inner_pytest: Any) -> None:
    examples = files()
    inner_pytest.write({**examples, "with_controllers/test_controllers.py": CONTROLLERS})
    tests = sum(len(re.findall(r"^def test_", text, re.MULTILINE)) for text in examples.values()) + 1
    inner_pytest.run("-p", "no:cacheprovider").assert_outcomes(passed=tests)
