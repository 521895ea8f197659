"""Which resources ``--runtime-config`` leaves."""

from __future__ import annotations

import pytest

from kubegate.api.names import GroupVersionResource
from kubegate.compose.resources import served_catalog
from kubegate.errors import ConfigurationError

BUNDLES = GroupVersionResource("certificates.k8s.io", "v1beta1", "clustertrustbundles")
REQUESTS = GroupVersionResource("certificates.k8s.io", "v1beta1", "podcertificaterequests")
JOBS = GroupVersionResource("batch", "v1", "jobs")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {JOBS}),
        ({"certificates.k8s.io/v1beta1": "true"}, {JOBS, BUNDLES, REQUESTS}),
        ({"certificates.k8s.io/v1beta1/clustertrustbundles": "true"}, {JOBS, BUNDLES}),
        (
            {"certificates.k8s.io/v1beta1": "true", "certificates.k8s.io/v1beta1/clustertrustbundles": "false"},
            {JOBS, REQUESTS},
        ),
        ({"api/beta": "true"}, {JOBS, BUNDLES, REQUESTS}),
        ({"api/all": "true"}, {JOBS, BUNDLES, REQUESTS}),
        ({"api/all": "false"}, set()),
        ({"batch/v1": "false"}, set()),
        ({"api/all": "false", "batch/v1": "true"}, {JOBS}),
    ],
)
def test_settings(settings: dict[str, str], expected: set[GroupVersionResource]) -> None:
    catalog = served_catalog(settings)
    assert {gvr for gvr in (BUNDLES, REQUESTS, JOBS) if catalog.resource(gvr) is not None} == expected


def test_the_preferred_version_stays() -> None:
    group = served_catalog({"api/beta": "true"}).group("certificates.k8s.io")
    assert group is not None
    assert group.versions == ("v1", "v1beta1")


@pytest.mark.parametrize("settings", [{"nope/v1": "true"}, {"batch/v1": "maybe"}])
def test_what_means_nothing_is_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError):
        served_catalog(settings)
