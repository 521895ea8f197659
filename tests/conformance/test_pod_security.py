"""The recorded Pod Security fixtures: each pod passes, or breaks its level and version."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from kubegate.admission.pod_security.evaluator import summary, violations
from kubegate.admission.pod_security.levels import Level, LevelVersion
from kubegate.api.names import GroupVersionResource
from kubegate.registry.catalog import build_registry

ROOT = Path(os.environ.get("KUBEGATE_CONFORMANCE") or Path(__file__).parents[3] / "shared" / "conformance") / "podsecurity"
PODS = GroupVersionResource("", "v1", "pods")
FOLDERS = sorted({path.parent.parent for path in ROOT.glob("*/*/*/*.yaml")})


@pytest.fixture(scope="module")
def registry():
    return build_registry()


@pytest.mark.skipif(not FOLDERS, reason="the recordings are not here (set KUBEGATE_CONFORMANCE)")
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: "/".join(folder.parts[-2:]))
def test_every_fixture_of_a_level_and_version(folder, registry):
    level, version = folder.parts[-2:]
    judged = LevelVersion(Level[level.upper()], int(version.split(".")[1]))
    wrong = []
    for file in sorted(folder.glob("*/*.yaml")):
        pod = yaml.load(file.read_text(), yaml.CSafeLoader)
        registry.default(PODS, pod)
        found = violations(judged, pod.get("metadata") or {}, pod["spec"])
        if bool(found) is not (file.parent.name == "fail"):
            wrong.append((file.name, summary(found)))
    assert not wrong
