"""CVE-2019-11248: profiles of the process were served to everybody beside the health checks.

Its kind: whatever is no API (profiles, flags, metrics) needs a right like everything else; health and version are public.
"""

from __future__ import annotations

import pytest

from kubegate.testing.http_client import Client

HIDDEN = [
    "/debug/pprof",
    "/debug/pprof/",
    "/debug/pprof/heap",
    "/debug/pprof/cmdline",
    "/debug/flags/v",
    "/metrics",
    "/metrics/slis",
    "/flagz",
    "/statusz",
    "/configz",
    "/logs",
    "/logs/",
    "/openapi/v2",
    "/api",
    "/apis",
    "/",
    "/healthz/../metrics",
    "/livez/../../debug/pprof",
]


@pytest.mark.parametrize("path", HIDDEN)
def test_strangers_see_nothing_of_the_process(path: str, admin: Client) -> None:
    assert admin.as_user("")("GET", path).code == 403


@pytest.mark.parametrize("path", HIDDEN[:9])
def test_users_without_rights_do_not_either(path: str, alice: Client) -> None:
    assert alice("GET", path).code == 403


@pytest.mark.parametrize("path", HIDDEN[:5])
def test_profiles_are_not_even_served_to_administrators(path: str, admin: Client) -> None:
    assert admin("GET", path).code == 404


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz", "/version"])
def test_what_is_public_says_little(path: str, admin: Client) -> None:
    answer = admin.as_user("")("GET", path)
    assert answer.code == 200
    assert len(str(answer.body)) < 1000
