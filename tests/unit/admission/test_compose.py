"""Flags and AdmissionConfiguration -> chain; what is wrong is told at once and completely."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kubegate.admission.interface import Environment
from kubegate.admission.memory import MemoryCluster
from kubegate.compose.admission import build_admission
from kubegate.config.admission import AdmissionOptions
from kubegate.config.admission_configuration import load
from kubegate.errors import ConfigurationError

HEAD = "apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n"


def build(**options):
    environment = Environment(MemoryCluster(), None, lambda: datetime.now(UTC))
    return build_admission(AdmissionOptions(**options), environment)


@pytest.fixture
def file(tmp_path):
    def write(text, name="admission.yaml"):
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write


def test_unknown_and_contradicting_names_are_all_told():
    with pytest.raises(ConfigurationError) as caught:
        build(enable_admission_plugins=["Nope", "Priority"], disable_admission_plugins=["Neither", "Priority"])
    for text in (
        'enable-admission-plugins plugin "Nope" is unknown',
        'disable-admission-plugins plugin "Neither" is unknown',
        "[Priority] in enable-admission-plugins and disable-admission-plugins overlapped",
    ):
        assert text in str(caught.value)


def test_a_plugin_gets_its_configuration(file):
    config = file(HEAD + "- name: PodSecurity\n  configuration:\n    defaults: {enforce: restricted}\n")
    assert "PodSecurity" in build(admission_control_config_file=config).names


def test_a_configuration_may_stand_in_a_file_of_its_own(file):
    file("podNodeSelectorPluginConfig: {ns: a=b}\n", "selectors.yaml")
    config = file(HEAD + "- {name: PodNodeSelector, path: selectors.yaml}\n")
    assert load(config)["PodNodeSelector"].value == {"podNodeSelectorPluginConfig": {"ns": "a=b"}}
    assert (
        "PodNodeSelector" in build(admission_control_config_file=config, enable_admission_plugins=["PodNodeSelector"]).names
    )


@pytest.mark.parametrize(
    ("key", "plugin"), [("imagePolicy", "ImagePolicyWebhook"), ("podNodeSelectorPluginConfig", "PodNodeSelector")]
)
def test_the_two_older_forms_are_read(file, key, plugin):
    assert set(load(file(f"{key}: {{}}\n"))) == {plugin}


@pytest.mark.parametrize(
    ("text", "complaints"),
    [
        ("apiVersion: v1\nkind: Pod\n", ['no kind "Pod" is registered']),
        ("apiVersion: apiserver.config.k8s.io/v9\nkind: AdmissionConfiguration\n", ["apiserver.config.k8s.io/v9"]),
        (HEAD + "- {nam: x, pat: y}\n", ["plugins[0].nam: unknown field", "plugins[0].pat: unknown field"]),
        (HEAD + "- {name: Nope}\n", ["unknown admission plugins: Nope"]),
        (
            HEAD + "- name: PodSecurity\n  configuration: {defaults: {enforce: x, enforc: y}}\n",
            ["must be one of", "unknown field"],
        ),
        (HEAD + "- name: PodSecurity\n  configuration: {exemptions: {namespaces: [a, a]}}\n", ["duplicate value: a"]),
        ("- a\n", ["expected a mapping"]),
        ("a: [", ["admission.yaml:2:1: this is not YAML: while parsing"]),
        (
            HEAD + "- name: PodSecurity\n  configuration:\n    defaults: {enforce: x}\n",
            [":6:16: PodSecurity: defaults.enforce: must be one of privileged, baseline, restricted"],
        ),
    ],
)
def test_a_wrong_configuration_stops_the_start(file, text, complaints):
    with pytest.raises(ConfigurationError) as caught:
        build(admission_control_config_file=file(text))
    for complaint in complaints:
        assert complaint in str(caught.value)


def test_a_missing_file_stops_the_start():
    with pytest.raises(ConfigurationError, match="unable to read admission control configuration"):
        build(admission_control_config_file="/nowhere/admission.yaml")


@pytest.mark.parametrize(
    ("plugin", "why"), [("ImagePolicyWebhook", "no config specified"), ("EventRateLimit", "limits: must not be empty")]
)
def test_plugins_that_need_their_configuration(plugin, why):
    with pytest.raises(ConfigurationError, match=why):
        build(enable_admission_plugins=[plugin])


def test_the_first_of_two_entries_counts(file):
    entries = [
        f"- {{name: PodSecurity, configuration: {{defaults: {{enforce: {level}}}}}}}\n" for level in ("baseline", "x")
    ]
    assert load(file(HEAD + "".join(entries)))["PodSecurity"].value == {"defaults": {"enforce": "baseline"}}


def test_what_may_have_been_meant_is_told(file):
    with pytest.raises(ConfigurationError) as caught:
        build(admission_control_config_file=file(HEAD + "- {name: PodSecurit}\n"))
    assert caught.value.hint == "did you mean PodSecurity?"
