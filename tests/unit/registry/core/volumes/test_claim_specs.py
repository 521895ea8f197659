"""What a persistent volume claim asks for."""

import pytest
from messages import KEY, LABEL, SUBDOMAIN, bad
from support import create, merged, update

WHERE = "v1/persistentvolumeclaims"
GOOD = {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}
MODES = '"ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"'
SOURCE = {"kind": "PersistentVolumeClaim", "name": "s"}


def test_what_is_filled_in():
    obj, errors = create(WHERE, GOOD)
    assert errors == []
    assert obj["spec"]["volumeMode"] == "Filesystem"
    assert obj["status"] == {"phase": "Pending"}


@pytest.mark.parametrize(
    ("spec", "wrong"),
    [
        ({"accessModes": ["ReadWriteOnce", "ReadOnlyMany"], "volumeMode": "Block", "storageClassName": ""}, []),
        ({"dataSource": SOURCE}, []),
        ({"accessModes": []}, ["spec.accessModes: Required value: at least 1 access mode is required"]),
        ({"accessModes": ["X"]}, [f'spec.accessModes: Unsupported value: "X": supported values: {MODES}']),
        (
            {"accessModes": ["ReadWriteOncePod", "ReadWriteOnce"]},
            ["spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes"],
        ),
        ({"resources": None}, ["spec.resources[storage]: Required value"]),
        ({"resources": {"requests": {"storage": "0"}}}, [bad("spec.resources[storage]", "0", "must be greater than zero")]),
        ({"storageClassName": "A"}, [bad("spec.storageClassName", "A", SUBDOMAIN)]),
        ({"volumeMode": "X"}, ['spec.volumeMode: Unsupported value: "X": supported values: "Block", "Filesystem"']),
        ({"selector": {"matchLabels": {"a b": "c"}}}, [bad("spec.selector.matchLabels", "a b", KEY)]),
        ({"dataSource": {"kind": "X", "name": "s"}}, []),
        ({"dataSourceRef": {**SOURCE, "namespace": "N"}}, []),
    ],
    ids=str,
)
def test_specification(spec, wrong):
    assert create(WHERE, merged(GOOD, {"spec": spec}))[1] == wrong


def test_the_namespace_of_a_source():
    spec = {"dataSourceRef": {**SOURCE, "namespace": "N"}}
    _, wrong = create(WHERE, merged(GOOD, {"spec": spec}), gates={"CrossNamespaceVolumeDataSource": True})
    assert wrong == [bad("spec.dataSourceRef.namespace", "N", LABEL)]


def test_no_class_is_not_the_same_as_a_class_not_named():
    frozen = (
        "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for "
        "bound claims\n@@ -1 +1 @@"
    )
    none, unnamed = (create(WHERE, merged(GOOD, {"spec": {"storageClassName": name}}))[0] for name in ("", None))
    assert update(WHERE, none, {"spec": {"storageClassName": None}})[1] == [frozen]
    assert update(WHERE, none, {"spec": {"storageClassName": ""}})[1] == []
    assert update(WHERE, unnamed, {"spec": {"storageClassName": "later"}})[1] == []
