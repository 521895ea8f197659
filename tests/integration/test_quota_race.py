"""A quota in a real server: writers that race cannot use more than it gives, and dry runs use nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest

from kubegate.api.names import Object
from kubegate.api.status import StatusError
from kubegate.api.user import User
from kubegate.apiserver.messages import Request
from kubegate.compose.application import Application, build_application
from kubegate.compose.internal_client import InternalClient
from kubegate.compose.options import Options
from kubegate.compose.serving import with_own_keys
from kubegate.config.admission import AdmissionOptions
from kubegate.config.audit import AuditOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.serving import ServingOptions
from kubegate.config.storage import StorageOptions

WRITERS = 1000
LIMIT = 100


@pytest.fixture(scope="module", params=["memory", "sqlite"])
def application(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    folder: Path = tmp_path_factory.mktemp("server")
    options = Options(
        ServingOptions(scheduler=False),
        StorageOptions(data_dir=str(folder), storage=request.param),
        AuthnOptions(),
        AuthzOptions(),
        AdmissionOptions(),
        AuditOptions(),
    )
    options, _ = with_own_keys(options)
    made = build_application(options)
    yield made
    made.close()


@pytest.fixture
def client(application: Application) -> InternalClient:
    return InternalClient(lambda: application.pipeline, "admin", "system:masters", agent="kubectl")


def limit(client: InternalClient, namespace: str, amount: int) -> str:
    """A namespace whose quota is counted already; the path of its config maps."""
    client.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
    path = f"/api/v1/namespaces/{namespace}"
    quota = client.create(
        f"{path}/resourcequotas", {"metadata": {"name": "q"}, "spec": {"hard": {"configmaps": str(amount)}}}
    )
    status = {"hard": {"configmaps": str(amount)}, "used": {"configmaps": "0"}}
    client.update(f"{path}/resourcequotas/q/status", {**quota, "status": status})
    return f"{path}/configmaps"


def used(client: InternalClient, path: str) -> str:
    quota: Object | None = client.get(path.replace("/configmaps", "/resourcequotas/q"))
    assert quota is not None
    return quota["status"]["used"]["configmaps"]


def test_racing_writers_share_what_there_is(application: Application, client: InternalClient) -> None:
    path = limit(client, "race", LIMIT)

    def write(number: int) -> int:
        try:
            client.create(path, {"metadata": {"name": f"c{number}"}})
        except StatusError as error:
            assert (
                "exceeded quota: q, requested: configmaps=1, used: configmaps=100, limited: configmaps=100" in error.message
            )
            return error.status.code
        return 201

    with ThreadPoolExecutor(32) as pool:
        answers = Counter(pool.map(write, range(WRITERS)))
    assert answers == {201: LIMIT, 403: WRITERS - LIMIT}
    assert len(application.store.list("configmaps", "race").items) == LIMIT
    assert used(client, path) == str(LIMIT)


def dry_run(application: Application, path: str, obj: Object) -> int:
    headers = {"content-type": ["application/json"]}
    content = orjson.dumps(obj)
    request = Request("POST", path, {"dryRun": ["All"]}, headers, lambda _: content, raw_query="dryRun=All", uri=path)
    return application.pipeline.handle_as(request, User.of("admin", ["system:masters"])).code


def test_a_dry_run_is_judged_and_uses_nothing(application: Application, client: InternalClient) -> None:
    path = limit(client, "dry", 1)
    assert [dry_run(application, path, {"metadata": {"name": "c"}}) for _ in range(3)] == [201] * 3
    assert used(client, path) == "0"
    client.create(path, {"metadata": {"name": "c"}})
    assert used(client, path) == "1"
    assert dry_run(application, path, {"metadata": {"name": "d"}}) == 403
