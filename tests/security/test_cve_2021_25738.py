"""CVE-2021-25738: YAML with a tag made the reader build an object of any class, and so run code, in the Java client.

Every file and body in YAML that is read here: the tag is refused or ignored, and nothing is made of it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kubegate.authz.abac.load import load_policy_file
from kubegate.bundle.load import load
from kubegate.config.admission_configuration import read_yaml
from kubegate.config.authentication_configuration import decode_authentication_configuration
from kubegate.config.file import load_flags
from kubegate.errors import KubegateError
from kubegate.outbound.kubeconfig import load_kubeconfig
from kubegate.testing.http_client import Client
from kubegate.testing.suites.suite import load_suite

TAGS = (
    "!!python/object/apply:os.mkdir ['{0}']",
    "!!python/object/new:os.mkdir ['{0}']",
    "!!python/object/apply:pathlib.Path.mkdir [!!python/object/apply:pathlib.PosixPath ['{0}']]",
    "!<tag:yaml.org,2002:python/object/apply:os.mkdir> ['{0}']",
)
READERS: dict[str, Callable[[Path], Any]] = {
    "manifest": lambda file: load([str(file)]),
    "suite": load_suite,
    "kubeconfig": lambda file: load_kubeconfig(str(file)),
    "flags": lambda file: load_flags(str(file), "ServeConfiguration", ["metadata", "data"]),
    "ABAC": lambda file: load_policy_file(str(file)),
    "admission configuration": read_yaml,
    "authentication configuration": lambda file: decode_authentication_configuration(file.read_bytes()),
}


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("reader", READERS)
def test_files_make_no_objects(reader: str, tag: str, tmp_path: Path) -> None:
    made, file = tmp_path / "made", tmp_path / "x.kubegate.yaml"
    value = tag.format(made)
    file.write_text(f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {value}\n")
    if reader == "ABAC":
        file.write_text(value + "\n")
    try:
        READERS[reader](file)
    except KubegateError as error:
        assert str(error)
    assert not made.exists()


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("media_type", ["application/yaml", "application/apply-patch+yaml"])
def test_bodies_make_no_objects(tag: str, media_type: str, admin: Client, namespace: str, tmp_path: Path) -> None:
    text = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {tag.format(tmp_path / 'made')}\n"
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    if media_type == "application/yaml":
        answer = admin("POST", path, text, media_type=media_type)
    else:
        answer = admin("PATCH", f"{path}/c?fieldManager=m", text, media_type=media_type)
    assert answer.code >= 400, answer.body
    assert not (tmp_path / "made").exists()
