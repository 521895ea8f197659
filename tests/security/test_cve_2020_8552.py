"""CVE-2020-8552: clients filled the memory of the server with labels of metrics that they made up."""

from __future__ import annotations

import re

import pytest

from kubegate.testing.http_client import Client

INVENTED = [
    "/apis/{n}.example/v1/things",
    "/api/v1/namespaces/{n}/pods",
    "/api/v1/namespaces/default/pods/{n}",
    "/api/v1/{n}",
    "/api/v{n}/pods",
    "/api/v1/namespaces/default/pods/p/{n}",
    "/{n}",
    "/healthz/{n}",
]


def series(admin: Client) -> set[str]:
    text = admin("GET", "/metrics").body
    return {re.sub(r"\}.*", "}", line) for line in text.splitlines() if line.startswith("apiserver_request")}


@pytest.mark.parametrize("path", INVENTED)
def test_what_clients_invent_adds_no_series(path: str, admin: Client) -> None:
    def ask(number: int) -> None:
        for client in (admin, admin.as_user("")):
            client("GET", path.format(n=f"x{number}"), User_Agent=f"agent-{number}")
            client(f"VERB{number}", path.format(n=f"x{number}"))

    series(admin)
    ask(0)
    known = series(admin)
    for number in range(1, 20):
        ask(number)
    assert series(admin) <= known
