"""The recorded impersonation cases, in process: headers and policy -> the identity, or the refusal word for word."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from kubegate.api.status import Status
from kubegate.api.user import User
from kubegate.apiserver.authorization import attributes_of
from kubegate.apiserver.impersonation import resolve as resolve_identity
from kubegate.apiserver.request_info import resolve
from kubegate.authz.chain import Chain
from kubegate.authz.impersonation.impersonator import Impersonated, Impersonator
from kubegate.authz.privileged import PrivilegedGroups
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.authz.refusals import forbidden
from kubegate.bundle.bootstrap import rbac_objects
from tests.conformance.corpora import recordings

FOLDER = recordings("authz") / "impersonation"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recordings at {FOLDER} (set KUBEGATE_CONFORMANCE)")


def _rows() -> list[Any]:
    if not FOLDER.is_dir():
        return []
    rows = [json.loads(line) for line in (FOLDER / "cases.jsonl").read_text().splitlines()]
    return [pytest.param(row, id=row["id"]) for row in rows]


@pytest.fixture(scope="module")
def chain() -> Chain:
    objects = list(yaml.safe_load_all((FOLDER / "policy" / "policy.yaml").read_text()))
    return Chain([PrivilegedGroups(), RbacAuthorizer([*rbac_objects(), *filter(None, objects)])])


@pytest.mark.parametrize("row", _rows())
def test_impersonation(row: dict[str, Any], chain: Chain) -> None:
    asks = row["requester"]
    requester = User.of("system:anonymous", ["system:unauthenticated"])
    if asks is not None:
        requester = User.of(asks["user"], asks.get("groups", []), uid=asks.get("uid", ""))
    headers: dict[str, list[str]] = {}
    for name, value in row["headers"]:
        headers.setdefault(name.lower(), []).append(value.strip())
    path, _, query = row["path"].partition("?")
    info = resolve(
        row["method"], path, {pair.partition("=")[0]: [pair.partition("=")[2]] for pair in query.split("&") if pair}
    )
    outcome = resolve_identity(Impersonator(chain), headers, attributes_of(info, requester))
    user = outcome.user if isinstance(outcome, Impersonated) else requester
    refusal = outcome if isinstance(outcome, Status) else None
    if refusal is None:
        asked = attributes_of(info, user)
        verdict = chain.authorize(asked)
        refusal = None if verdict.allowed else forbidden(asked, verdict.reason)
    if row["code"] in (400, 403):
        assert refusal is not None
        assert (refusal.code, refusal.message, refusal.reason) == (row["code"], row["message"], row["reason"])
    else:
        assert refusal is None, refusal
        if "identity" in row:
            assert user.to_info() == row["identity"]
