"""NamespaceLifecycle, NamespaceExists, NamespaceAutoProvision."""

from __future__ import annotations

import pytest

from kubegate.admission.interface import Operation


def config_map(namespace="ns", name="c"):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}}


def namespace(name):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


class TestLifecycle:
    @pytest.mark.parametrize("name", ["default", "kube-system", "kube-public"])
    def test_three_namespaces_cannot_be_deleted(self, world, review, name):
        refusal = world.build("NamespaceLifecycle").mutate(review(None, old=namespace(name), namespace=name))
        assert refusal.message == f'namespaces "{name}" is forbidden: this namespace may not be deleted'

    def test_another_one_can(self, world, review):
        plugin = world.build("NamespaceLifecycle")
        assert plugin.mutate(review(None, old=namespace("kube-node-lease"), namespace="kube-node-lease")) is None

    @pytest.mark.parametrize("operation", [Operation.CREATE, Operation.UPDATE])
    def test_nothing_is_written_in_a_missing_namespace(self, world, review, operation):
        asked = review(config_map("gone"), operation=operation)
        refusal = world.build("NamespaceLifecycle").mutate(asked)
        assert (refusal.code, refusal.message) == (404, 'namespaces "gone" not found')

    def test_nothing_is_created_in_a_terminating_namespace(self, world, review):
        world.namespace("dying", phase="Terminating")
        refusal = world.build("NamespaceLifecycle").mutate(review(config_map("dying")))
        why = "unable to create new content in namespace dying because it is being terminated"
        assert refusal.message == f'configmaps "c" is forbidden: {why}'
        assert refusal.details["causes"] == [
            {
                "reason": "NamespaceTerminating",
                "message": "namespace dying is being terminated",
                "field": "metadata.namespace",
            }
        ]

    def test_but_updates_and_deletions_pass_there(self, world, review):
        world.namespace("dying", phase="Terminating")
        plugin = world.build("NamespaceLifecycle")
        assert plugin.mutate(review(config_map("dying"), old=config_map("dying"))) is None
        assert plugin.mutate(review(None, old=config_map("dying"))) is None

    def test_access_reviews_do_not_tell_whether_a_namespace_exists(self, world, review):
        obj = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "LocalSubjectAccessReview",
            "metadata": {"namespace": "gone"},
        }
        asked = review(obj, namespace="gone")
        asked.resource = asked.resource._replace(group="authorization.k8s.io", resource="localsubjectaccessreviews")
        assert world.build("NamespaceLifecycle").mutate(asked) is None


class TestExists:
    @pytest.mark.parametrize(("target", "code"), [("gone", 404), ("ns", None)])
    def test_the_namespace_must_be_there(self, world, review, target, code):
        refusal = world.build("NamespaceExists").validate(review(config_map(target)))
        assert (refusal.code if refusal else None) == code

    def test_deletions_are_judged_too(self, world, review):
        assert world.build("NamespaceExists").validate(review(None, old=config_map("gone"))).code == 404

    def test_namespaces_themselves_pass(self, world, review):
        assert world.build("NamespaceExists").validate(review(namespace("new"), namespace="new")) is None


class TestAutoProvision:
    def test_the_first_object_makes_its_namespace(self, world, review):
        assert world.build("NamespaceAutoProvision").mutate(review(config_map("fresh"))) is None
        made = world.cluster.get("namespaces", "", "fresh")
        assert made["metadata"]["labels"] == {"kubernetes.io/metadata.name": "fresh"}

    @pytest.mark.parametrize("how", [{"dry_run": True}, {"operation": Operation.UPDATE}])
    def test_a_dry_run_or_an_update_makes_none(self, world, review, how):
        assert world.build("NamespaceAutoProvision").mutate(review(config_map("fresh"), **how)) is None
        assert world.cluster.get("namespaces", "", "fresh") is None

    def test_an_existing_namespace_is_left_alone(self, world, review):
        before = world.cluster.get("namespaces", "", "ns")
        world.build("NamespaceAutoProvision").mutate(review(config_map()))
        assert world.cluster.get("namespaces", "", "ns") is before
