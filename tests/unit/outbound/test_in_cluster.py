"""A pod's own cluster."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubegate.errors import ConfigurationError
from kubegate.outbound.in_cluster import in_cluster

PLACE = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}


def test_in_a_pod(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t0ken\n")
    (tmp_path / "ca.crt").write_text("CA")
    found = in_cluster(PLACE, tmp_path)
    assert (found.server, found.token, found.ca) == ("https://10.0.0.1:443", "t0ken", b"CA")
    assert in_cluster(PLACE | {"KUBERNETES_SERVICE_HOST": "fd00::1"}, tmp_path).server == "https://[fd00::1]:443"


@pytest.mark.parametrize("missing", list(PLACE))
def test_outside(tmp_path: Path, missing: str) -> None:
    with pytest.raises(ConfigurationError, match="KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined"):
        in_cluster(PLACE | {missing: ""}, tmp_path)


def test_without_a_token(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="token: no such file or directory"):
        in_cluster(PLACE, tmp_path)
