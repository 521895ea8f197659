"""The field selector language, and the fields of kinds."""

from __future__ import annotations

import pytest

from kubegate.api.names import GroupVersionKind
from kubegate.selectors import field_labels, fields
from kubegate.selectors.errors import SelectorError

POD = GroupVersionKind("", "v1", "Pod")


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("", ""),
        (",", ""),
        ("=", ""),
        ("!=", ""),
        ("b=2,a=1,", "a=1,b=2"),
        ("a==1", "a=1"),
        (" a = 1", " a = 1"),
        (r"a=x\,y\=z\\", r"a=x\,y\=z\\"),
        ("a!=1", "a!=1"),
        ("a=", "a="),
    ],
)
def test_canonical_form(text: str, canonical: str) -> None:
    assert str(fields.parse(text)) == canonical


@pytest.mark.parametrize(
    ("text", "message", "position"),
    [
        ("a=1,foo", "invalid selector: 'a=1,foo'; can't understand 'foo'", 4),
        ("a=b=c", "invalid field selector: unescaped character in value: 61", 3),
        (r"a=\b", r"invalid field selector: invalid escape sequence: \b", 2),
        ("a=\\", "invalid field selector: invalid escape sequence: \\", 2),
    ],
)
def test_refusals(text: str, message: str, position: int) -> None:
    with pytest.raises(SelectorError) as caught:
        fields.parse(text)
    assert (caught.value.message, caught.value.position) == (message, position)


def test_an_absent_field_is_empty() -> None:
    assert fields.parse("a=").matches({})
    assert fields.parse("a!=1").matches({})
    assert not fields.parse("a=1,b=2").matches({"a": "1"})


def test_exact_value() -> None:
    assert fields.parse("a!=1,a=2").exact_value("a") == "2"
    assert fields.parse("a!=1").exact_value("a") is None


@pytest.mark.parametrize(
    ("kind", "label", "message"),
    [
        (POD, "spec.hostname", "field label not supported: spec.hostname"),
        (GroupVersionKind("", "v1", "Node"), "metadata.namespace", "field label not supported: metadata.namespace"),
        (GroupVersionKind("batch", "v1", "Job"), "status.failed", 'field label "status.failed" not supported for Job'),
        (
            GroupVersionKind("apps", "v1", "Deployment"),
            "x",
            '"x" is not a known field selector: only "metadata.name", "metadata.namespace"',
        ),
        (
            GroupVersionKind("resource.k8s.io", "v1", "ResourceSlice"),
            "x",
            "field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: x",
        ),
    ],
)
def test_each_kind_refuses_in_its_own_words(kind: GroupVersionKind, label: str, message: str) -> None:
    with pytest.raises(SelectorError) as caught:
        field_labels.of_kind(kind).convert(kind, fields.parse(f"{label}=1"))
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ("metadata.name=p,metadata.namespace=ns", True),
        ("spec.host=n1", True),
        ("spec.nodeName=n1", True),
        ("spec.hostNetwork=false", True),
        ("status.podIP=10.0.0.1", True),
        ("status.podIPs=10.0.0.1", False),
        ("status.phase!=Running", False),
    ],
)
def test_pod_fields(selector: str, matches: bool) -> None:
    pod = {
        "metadata": {"name": "p", "namespace": "ns"},
        "spec": {"nodeName": "n1"},
        "status": {"phase": "Running", "podIPs": [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}]},
    }
    known = field_labels.of_kind(POD)
    converted = known.convert(POD, fields.parse(selector))
    assert known.matches(converted, pod) is matches
    assert converted.matches(known.fields_of(pod)) is matches


def test_events_are_read_in_both_shapes() -> None:
    old = {"involvedObject": {"name": "p"}, "source": {"component": "kubelet"}, "reportingComponent": "kubelet"}
    new = {"regarding": {"name": "p"}, "deprecatedSource": {"component": "kubelet"}, "reportingController": "kubelet"}
    for kind, prefix, reporter in (
        (GroupVersionKind("", "v1", "Event"), "involvedObject", "reportingComponent"),
        (GroupVersionKind("events.k8s.io", "v1", "Event"), "regarding", "reportingController"),
    ):
        known = field_labels.of_kind(kind)
        selector = known.convert(kind, fields.parse(f"{prefix}.name=p,{reporter}=kubelet"))
        assert known.matches(selector, old)
        assert known.matches(selector, new)


def test_custom_resources() -> None:
    kind = GroupVersionKind("example.com", "v1", "Widget")
    known = field_labels.of_custom([".spec.size", ".spec.on"], namespaced=False)
    selector = known.convert(kind, fields.parse("spec.size=1,spec.on=true"))
    assert known.matches(selector, {"spec": {"size": 1, "on": True}})
    assert not known.matches(selector, {"spec": {"size": 1}})
    with pytest.raises(SelectorError, match=r"^field label not supported: metadata\.namespace$"):
        known.convert(kind, fields.parse("metadata.namespace=x"))
