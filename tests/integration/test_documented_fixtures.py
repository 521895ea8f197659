"""The examples of docs/testing.md run as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import kubernetes.client  # noqa: F401 - imported once, not by each of the inner runs
import pytest

import kubegate.testing.api_server  # noqa: F401 - the same

pytest_plugins = ["pytester"]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "testing.md"


def blocks(word: str) -> list[str]:
    found = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return [block for block in found if word in block]


def test_the_api_server(pytester: pytest.Pytester) -> None:
    example, flags = blocks("(api_server)") + blocks("api_server_flags")
    pytester.makepyfile(test_example=example)
    pytester.runpytest().assert_outcomes(passed=1)
    pytester.makeconftest(flags)
    with_controllers = """
    from kubernetes import client

    def test_controllers_run(api_server):
        with api_server.client() as admin:
            core = client.CoreV1Api(admin)
            core.create_namespace({"metadata": {"name": "shop"}})
            for _ in range(5000):
                if core.list_namespaced_service_account("shop").items:
                    return
            raise AssertionError("nobody made the account")
    """
    pytester.makepyfile(test_example=with_controllers)
    pytester.runpytest().assert_outcomes(passed=1)
