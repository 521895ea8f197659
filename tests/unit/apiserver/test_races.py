"""Writers at the same time: no write is lost, and only who names an old version is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from kubegate.testing.http_client import Client

WRITERS, EACH = 4, 15
MERGE = "application/merge-patch+json"


def test_patches_at_the_same_time_all_count(client: Client, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    client("POST", path, {"metadata": {"name": "shared"}})

    def write(writer: int) -> list[int]:
        bodies = [{"data": {f"{writer}-{number}": "x"}} for number in range(EACH)]
        return [client("PATCH", f"{path}/shared", body, media_type=MERGE).code for body in bodies]

    with ThreadPoolExecutor(WRITERS) as writers:
        codes = [code for row in writers.map(write, range(WRITERS)) for code in row]
    assert set(codes) == {200}
    assert len(client("GET", f"{path}/shared").body["data"]) == WRITERS * EACH


def test_only_one_of_several_writers_of_a_version_wins(client: Client, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    made = client("POST", path, {"metadata": {"name": "shared"}}).body

    def write(writer: int) -> int:
        return client("PUT", f"{path}/shared", {**made, "data": {"by": str(writer)}}).code

    with ThreadPoolExecutor(WRITERS) as writers:
        codes = sorted(writers.map(write, range(WRITERS)))
    assert codes == [200] + [409] * (WRITERS - 1)
