"""Objects whose fields have the wrong types are named where they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubegate.bundle.load import load
from kubegate.errors import InvalidInput

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  nodeName: n\n  "
QUOTA = "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\nspec:\n  "
VOLUME = "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: v}\nspec:\n  "
POLICY = "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {name: p}\nspec:\n  "


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{POLICY}failurePolicy: 1\n", "cannot unmarshal number into Go struct field"),
        (f"{QUOTA}hard: [pods]\n", "cannot unmarshal array into Go struct field ResourceQuotaSpec.spec.hard"),
        (f"{POD}containers: [null]\n", "a list holds nothing in place of an object"),
        (f"{POD}containers: [{{env: [A]}}]\n", "cannot unmarshal string into Go struct field Container.spec.containers.env"),
        (f"{POD}volumes: [1]\n", "cannot unmarshal number into Go struct field PodSpec.spec.volumes of type v1.Volume"),
        (f"{POD}imagePullSecrets: [{{name: [a]}}]\n", "cannot unmarshal array into Go struct field"),
        (f"{VOLUME}claimRef: here\n", "cannot unmarshal string into Go struct field PersistentVolumeSpec.spec.claimRef"),
    ],
)
def test_what_decisions_read_must_be_readable(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "f.yaml").write_text(f"---\n{text}")
    with pytest.raises(InvalidInput, match=message) as caught:
        load([str(tmp_path)])
    place = caught.value.location
    assert place is not None
    assert (place.file, place.line, place.path) == (str(tmp_path / "f.yaml"), 6, "spec")


def test_an_aggregation_rule_must_be_one(tmp_path: Path) -> None:
    role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\n"
    (tmp_path / "f.yaml").write_text(f"{role}aggregationRule: {{clusterRoleSelectors: [{{matchLabels: [a]}}]}}\n")
    with pytest.raises(InvalidInput, match="cannot unmarshal array") as caught:
        load([str(tmp_path)])
    assert str(caught.value).startswith(f"{tmp_path}/f.yaml:4:")
