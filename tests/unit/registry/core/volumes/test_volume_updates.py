"""What may change in a persistent volume."""

import pytest
from support import create, update

VOLUMES = "/v1/persistentvolumes"
NFS = {"nfs": {"server": "s", "path": "/"}}
CSI = {"csi": {"driver": "d.io", "volumeHandle": "h"}}
SECRET = {"name": "s", "namespace": "n"}
SOURCE = "spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation\n@@ -1 +1 @@"


def volume(source):
    spec = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], **source}
    obj, errors = create(VOLUMES, {"metadata": {"name": "v"}, "spec": spec})
    assert errors == []
    return obj


@pytest.mark.parametrize(
    ("source", "change", "wrong"),
    [
        (NFS, {"spec": {"capacity": {"storage": "2Gi"}}}, []),
        (NFS, {"spec": {"nfs": {"path": "/other"}}}, [SOURCE]),
        (NFS, {"spec": {"nfs": None, **CSI}}, [SOURCE]),
        (CSI, {"spec": {"csi": {"volumeHandle": "other"}}}, [SOURCE]),
        (CSI, {"spec": {"csi": {"controllerExpandSecretRef": SECRET}}}, []),
        (
            {"csi": {**CSI["csi"], "controllerExpandSecretRef": SECRET}},
            {"spec": {"csi": {"controllerExpandSecretRef": {"name": "other"}}}},
            [SOURCE],
        ),
    ],
)
def test_where_the_data_is_stays(source, change, wrong):
    before = volume(source)
    assert update(VOLUMES, before, change)[1] == wrong
