"""ServiceAccount: the account exists, its token is mounted, its secrets limit the pod."""

from __future__ import annotations

import pytest

from kubegate.admission.interface import Environment
from kubegate.admission.plugins.service_account import ENFORCE_ANNOTATION, MOUNT_PATH, PLUGIN
from kubegate.testing.server.identities import CountedIdentities

MIRROR = {"annotations": {"kubernetes.io/config.mirror": "x"}}


@pytest.fixture
def plugin(world):
    account(world, "default")
    return world.build("ServiceAccount")


def account(world, name, **fields):
    meta = {"name": name, "namespace": "ns", **fields.pop("metadata", {})}
    world.add({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta, **fields})


def enforcing(world, name="limited", **fields):
    account(world, name, metadata={"annotations": {ENFORCE_ANNOTATION: "true"}}, **fields)


def test_the_default_account_is_filled_in_and_its_token_mounted(plugin, review, pod):
    obj = pod(initContainers=[{"name": "i"}])
    assert plugin.mutate(review(obj)) is None
    spec = obj["spec"]
    volume = spec["volumes"][0]
    assert spec["serviceAccountName"] == "default"
    assert volume["name"].startswith("kube-api-access-")
    assert [next(iter(source)) for source in volume["projected"]["sources"]] == [
        "serviceAccountToken",
        "configMap",
        "downwardAPI",
    ]
    mount = {"name": volume["name"], "readOnly": True, "mountPath": MOUNT_PATH}
    assert spec["containers"][0]["volumeMounts"] == [mount] == spec["initContainers"][0]["volumeMounts"]


def test_the_volumes_name_ends_like_other_generated_names(world, review, pod):
    """So that it can be foreseen where those can."""
    account(world, "default")
    identities = CountedIdentities()
    environment = Environment(world.cluster, world.authorizer, lambda: world.moment, identities=identities)
    plugin = PLUGIN.build(environment, None)
    made = []
    for _ in range(2):
        obj = pod()
        plugin.mutate(review(obj))
        made.append(obj["spec"]["volumes"][0]["name"])
        identities.reset()
    assert made[0] == made[1]


def test_a_container_with_a_mount_of_its_own_at_the_path_is_left_alone(plugin, review, pod):
    own = [{"name": "mine", "mountPath": MOUNT_PATH}]
    obj = pod(containers=[{"name": "a", "volumeMounts": own}, {"name": "b"}])
    plugin.mutate(review(obj))
    assert obj["spec"]["containers"][0]["volumeMounts"] == own
    assert obj["spec"]["containers"][1]["volumeMounts"][0]["mountPath"] == MOUNT_PATH


def test_where_nobody_needs_the_volume_there_is_none(plugin, review, pod):
    obj = pod(containers=[{"name": "a", "volumeMounts": [{"name": "mine", "mountPath": MOUNT_PATH}]}])
    plugin.mutate(review(obj))
    assert "volumes" not in obj["spec"]


@pytest.mark.parametrize(
    ("of_pod", "of_account", "mounted"),
    [(None, None, True), (False, None, False), (None, False, False), (True, False, True), (False, True, False)],
)
def test_the_pods_wish_counts_before_the_accounts(world, review, pod, of_pod, of_account, mounted):
    account(world, "a", **({} if of_account is None else {"automountServiceAccountToken": of_account}))
    obj = pod(serviceAccountName="a", **({} if of_pod is None else {"automountServiceAccountToken": of_pod}))
    world.build("ServiceAccount").mutate(review(obj))
    assert ("volumes" in obj["spec"]) is mounted


def test_pull_secrets_come_from_the_account_unless_the_pod_has_some(world, plugin, review, pod):
    account(world, "a", imagePullSecrets=[{"name": "s"}])
    bare, own = pod(serviceAccountName="a"), pod(serviceAccountName="a", imagePullSecrets=[{"name": "mine"}])
    plugin.mutate(review(bare))
    plugin.mutate(review(own))
    assert bare["spec"]["imagePullSecrets"] == [{"name": "s"}]
    assert own["spec"]["imagePullSecrets"] == [{"name": "mine"}]


def test_a_missing_account_refuses(plugin, review, pod):
    refusal = plugin.mutate(review(pod(serviceAccountName="ghost")))
    why = 'error looking up service account ns/ghost: serviceaccount "ghost" not found'
    assert (refusal.code, refusal.message) == (403, f'pods "p" is forbidden: {why}')


def test_a_later_mutator_cannot_take_the_account_away(plugin, review, pod):
    assert "no service account specified for pod ns/p" in plugin.validate(review(pod())).message


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({"volumes": [{"name": "v", "secret": {"secretName": "x"}}]}, 'volume with secret.secretName="x" is not allowed'),
        (
            {
                "containers": [
                    {"name": "c", "env": [{"name": "E", "valueFrom": {"secretKeyRef": {"name": "x", "key": "k"}}}]}
                ]
            },
            'container c with envVar E referencing secret.secretName="x" is not allowed',
        ),
        (
            {"initContainers": [{"name": "i", "envFrom": [{"secretRef": {"name": "x"}}]}]},
            'init container i with envFrom referencing secret.secretName="x" is not allowed',
        ),
        ({"imagePullSecrets": [{"name": "x"}]}, 'imagePullSecrets[0].name="x" is not allowed'),
    ],
)
def test_an_enforcing_account_limits_the_secrets(world, plugin, review, pod, spec, why):
    enforcing(world, secrets=[{"name": "good"}])
    refusal = plugin.mutate(review(pod(serviceAccountName="limited", **spec)))
    assert why in refusal.message
    assert "service account limited does not reference that" in refusal.message


def test_listed_secrets_are_mountable(world, plugin, review, pod):
    enforcing(world, secrets=[{"name": "good"}])
    obj = pod(serviceAccountName="limited", volumes=[{"name": "v", "secret": {"secretName": "good"}}])
    assert plugin.mutate(review(obj)) is None


def test_ephemeral_containers_are_limited_too(world, plugin, review, pod):
    enforcing(world)
    extra = [{"name": "e", "envFrom": [{"secretRef": {"name": "x"}}]}]
    new = pod(serviceAccountName="limited", ephemeralContainers=extra)
    refusal = plugin.validate(review(new, old=pod(serviceAccountName="limited"), subresource="ephemeralcontainers"))
    assert "ephemeral container e with envFrom" in refusal.message


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({"serviceAccountName": "default"}, "a mirror pod may not reference service accounts"),
        ({"volumes": [{"name": "v", "secret": {"secretName": "x"}}]}, "a mirror pod may not reference secrets"),
        ({"imagePullSecrets": [{"name": "x"}]}, "a mirror pod may not reference secrets"),
        (
            {"volumes": [{"name": "v", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}}]},
            "a mirror pod may not use ServiceAccountToken volume projections",
        ),
    ],
)
def test_mirror_pods_reference_nothing(plugin, review, pod, spec, why):
    assert why in plugin.mutate(review(pod(meta=MIRROR, **spec))).message


def test_mirror_pods_get_nothing(plugin, review, pod):
    obj = pod(meta=MIRROR)
    assert plugin.mutate(review(obj)) is None
    assert set(obj["spec"]) == {"containers"}
