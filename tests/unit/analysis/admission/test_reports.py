"""Judgements as JUnit and SARIF."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from kubegate.analysis.admission.judgement import Judgement
from kubegate.analysis.admission.reports import junit, sarif
from kubegate.api.status import Status
from kubegate.errors import Location


def subject(kind: str, name: str = "web"):
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "shop"}}


@pytest.fixture
def judgements():
    """One admitted with a warning, one refused, one whose pod is refused."""
    fine = Judgement(subject("Pod", "a<b"), "CREATE", Location("a.yaml", 3), warnings=["careful"])
    refused = Judgement(subject("Pod"), "CREATE", Location("b.yaml", 7), refusal=Status(403, "Forbidden", "no & never"))
    refused.refused_by, refused.decided_by = "PodSecurity", "Namespace shop"
    refused.decided_at = Location("ns.yaml", 1)
    pod = Judgement(subject("Pod"), "CREATE", refusal=Status(422, "Invalid", "wrong"), refused_by="validation")
    workload = Judgement(subject("ReplicationController"), "CREATE", Location("c.yaml", 9), pods=[pod])
    return [fine, refused, workload]


def test_junit(judgements):
    suite = ElementTree.fromstring(junit(judgements))
    assert (suite.get("tests"), suite.get("failures")) == ("4", "2")
    found = [(case.get("name"), case.get("classname"), [child.tag for child in case]) for case in suite]
    assert found == [
        ("Pod shop/a<b", "a.yaml", ["system-out"]),
        ("Pod shop/web", "b.yaml", ["failure"]),
        ("ReplicationController shop/web", "c.yaml", []),
        ("ReplicationController shop/web -> Pod", "c.yaml", ["failure"]),
    ]
    failure = suite[1][0]
    assert (failure.get("type"), failure.get("message")) == ("PodSecurity", "no & never")
    assert failure.text == "b.yaml:7\ndecided by Namespace shop ns.yaml:1"


def test_junit_holds_what_xml_cannot(judgements):
    judgements[1].refusal = Status(403, "Forbidden", "a\x01b")
    judgements[1].location = Location("a\x02.yaml", 1)
    judgements[0].warnings = ["\x03"]
    assert ElementTree.fromstring(junit(judgements))[1][0].get("message") == "a\ufffdb"


def test_sarif_has_addresses(judgements):
    judgements[0].location = Location("my files/a.yaml", 3)
    judgements[1].location = Location("<stdin>", 7)
    first, second, _ = sarif(judgements)["runs"][0]["results"]
    assert _place(first["locations"][0]) == ("my%20files/a.yaml", 3)
    assert "locations" not in second


def test_sarif(judgements):
    report = sarif(judgements)
    run = report["runs"][0]
    assert report["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["PodSecurity", "validation", "warning"]
    found = [(r["ruleId"], r["level"], r["message"]["text"], _place(r["locations"][0])) for r in run["results"]]
    assert found == [
        ("warning", "warning", "Pod shop/a<b: careful", ("a.yaml", 3)),
        ("PodSecurity", "error", "Pod shop/web: no & never", ("b.yaml", 7)),
        ("validation", "error", "ReplicationController shop/web -> Pod: wrong", ("c.yaml", 9)),
    ]
    assert _place(run["results"][1]["relatedLocations"][0]) == ("ns.yaml", 1)
    assert run["results"][1]["relatedLocations"][0]["message"]["text"] == "Namespace shop"


def _place(location):
    physical = location["physicalLocation"]
    return physical["artifactLocation"]["uri"], physical["region"]["startLine"]
