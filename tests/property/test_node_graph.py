"""The graph of the Node authorizer, changed object by object, is the one that the objects left make from nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kubegate.authz.node.graph import Graph
from kubegate.authz.node.references import Ref, pod_references, volume_claim, volume_secrets

names = st.sampled_from(("x", "y"))
nodes = st.sampled_from(("", "n1", "n2"))
volumes = st.one_of(
    st.builds(lambda name: {"secret": {"secretName": name}}, names),
    st.builds(lambda name: {"persistentVolumeClaim": {"claimName": name}}, names),
)


def obj(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    namespace = {"namespace": "a"} if kind in ("Pod", "PodCertificateRequest") else {}
    return {"kind": kind, "metadata": {"name": name, **namespace}, "spec": spec}


pods = st.builds(
    lambda name, node, found: obj("Pod", name, {"nodeName": node, "volumes": found}),
    names,
    nodes,
    st.lists(volumes, max_size=3),
)
persistent = st.builds(
    lambda name, claim, secrets: obj(
        "PersistentVolume", name, {"claimRef": claim and {"namespace": "a", "name": claim}, "csi": secrets}
    ),
    names,
    st.one_of(st.none(), names),
    st.dictionaries(
        st.sampled_from(("nodeStageSecretRef", "nodePublishSecretRef")),
        st.builds(lambda name: {"namespace": "a", "name": name}, names),
    ),
)
others = st.builds(
    lambda kind, name, node: obj(kind, name, {"nodeName": node}),
    st.sampled_from(("VolumeAttachment", "ResourceSlice", "PodCertificateRequest")),
    names,
    nodes,
)
changes = st.lists(st.tuples(st.booleans(), st.one_of(pods, persistent, others)), max_size=25)


def paths(objects: list[dict[str, Any]]) -> set[tuple[str, Ref]]:
    """All relations, followed from the objects one by one."""
    found: set[tuple[str, Ref]] = set()
    resources = {"Pod": "pods", "PodCertificateRequest": "podcertificaterequests", "VolumeAttachment": "volumeattachments"}
    for item in objects:
        node, kind = item["spec"].get("nodeName"), item["kind"]
        if node:
            namespace = item["metadata"].get("namespace", "")
            found.add((node, Ref(resources.get(kind, "resourceslices"), namespace, item["metadata"]["name"])))
            found |= {(node, ref) for ref in (pod_references(item) if kind == "Pod" else ())}
    for item in objects:
        if item["kind"] == "PersistentVolume":
            for node in {node for node, ref in found if ref == volume_claim(item)}:
                found.add((node, Ref("persistentvolumes", "", item["metadata"]["name"])))
                found |= {(node, secret) for secret in volume_secrets(item)}
    return found


@given(changes)
def test_changes_in_any_order_end_where_their_result_begins(changes: list[tuple[bool, dict[str, Any]]]) -> None:
    graph, left = Graph(), {}
    for there, item in changes:
        key = item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]
        if there:
            graph.upsert(item)
            left[key] = item
        else:
            graph.remove(*key)
            left.pop(key, None)
        relations = list(graph.relations())
        assert len(relations) == len(set(relations))
        assert set(relations) == paths(list(left.values()))
        assert all(graph.related(node, ref) for node, ref in relations)
    for key in left:
        graph.remove(*key)
    assert not any((graph._bound, graph._needed, graph._volumes, graph._volumes_of))
