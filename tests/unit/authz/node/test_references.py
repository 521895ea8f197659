"""Every place of a pod and of a persistent volume where a kubelet finds the name of a secret or config map."""

from __future__ import annotations

import pytest

from kubegate.authz.node.references import Ref, pod_references, volume_secrets

SECRET = {"secretRef": {"name": "s"}}
IN_CLAIMS_NAMESPACE = ("cephfs", "flexVolume", "rbd", "scaleIO", "iscsi")


def of_pod(spec):
    return list(pod_references({"metadata": {"name": "p", "namespace": "a"}, "spec": spec}))


@pytest.mark.parametrize("source", [*IN_CLAIMS_NAMESPACE, "cinder", "storageos"])
def test_volumes_with_a_secret_of_the_pods_namespace(source):
    assert of_pod({"volumes": [{source: SECRET}]}) == [Ref("secrets", "a", "s")]


def test_projected_volumes():
    sources = [{"secret": {"name": "s"}}, {"downwardAPI": {}}, {"configMap": {"name": "c"}}, {"podCertificate": {}}]
    expected = [Ref("secrets", "a", "s"), Ref("configmaps", "a", "c")]
    assert of_pod({"volumes": [{"projected": {"sources": sources}}]}) == expected


def test_the_old_name_of_the_service_account_counts_where_the_new_one_is_absent():
    assert of_pod({"serviceAccount": "old"}) == [Ref("serviceaccounts", "a", "old")]
    assert of_pod({"serviceAccount": "old", "serviceAccountName": "new"}) == [Ref("serviceaccounts", "a", "new")]


def test_empty_names_are_none():
    assert of_pod({"imagePullSecrets": [{}], "volumes": [{"configMap": {}}], "serviceAccountName": ""}) == []


@pytest.mark.parametrize("source", IN_CLAIMS_NAMESPACE)
def test_secrets_of_volumes_that_may_lack_a_namespace(source):
    claim = {"claimRef": {"namespace": "a", "name": "d"}}
    assert list(volume_secrets({"spec": {**claim, source: SECRET}})) == [Ref("secrets", "a", "s")]
    named = {"secretRef": {"name": "s", "namespace": "z"}}
    assert list(volume_secrets({"spec": {**claim, source: named}})) == [Ref("secrets", "z", "s")]


@pytest.mark.parametrize(
    "spec",
    [
        {"cinder": {"secretRef": {"name": "s", "namespace": "z"}}},
        {"storageos": {"secretRef": {"name": "s", "namespace": "z"}}},
        {"csi": {"nodePublishSecretRef": {"name": "s", "namespace": "z"}}},
        {"csi": {"nodeStageSecretRef": {"name": "s", "namespace": "z"}}},
        {"csi": {"nodeExpandSecretRef": {"name": "s", "namespace": "z"}}},
    ],
)
def test_secrets_of_volumes_that_name_the_namespace(spec):
    assert list(volume_secrets({"spec": {"claimRef": {"namespace": "a", "name": "d"}, **spec}})) == [
        Ref("secrets", "z", "s")
    ]


@pytest.mark.parametrize("use", ["controllerPublishSecretRef", "controllerExpandSecretRef"])
def test_secrets_of_the_controllers_side_are_not_the_kubelets(use):
    assert list(volume_secrets({"spec": {"csi": {use: {"name": "s", "namespace": "z"}}}})) == []
