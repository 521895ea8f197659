"""Plugins that fill in pods: pull policy, tolerations, priority, runtime class, node selector, topology labels."""

from __future__ import annotations

from typing import ClassVar

import pytest

from kubegate.admission.plugins.pod_toleration_restriction import ALLOWED_ANNOTATION, DEFAULT_ANNOTATION

NOT_READY = {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
UNREACHABLE = NOT_READY | {"key": "node.kubernetes.io/unreachable"}


class TestAlwaysPullImages:
    def test_every_image_is_pulled(self, world, review, pod):
        obj = pod(
            initContainers=[{"name": "i", "imagePullPolicy": "Never"}],
            volumes=[{"name": "v", "image": {"reference": "r", "pullPolicy": "Never"}}],
        )
        assert world.build("AlwaysPullImages").mutate(review(obj)) is None
        spec = obj["spec"]
        assert [c["imagePullPolicy"] for c in spec["containers"] + spec["initContainers"]] == ["Always", "Always"]
        assert spec["volumes"][0]["image"]["pullPolicy"] == "Always"

    def test_a_later_mutator_cannot_undo_it(self, world, review, pod):
        obj = pod(containers=[{"name": "c", "image": "i", "imagePullPolicy": "Never"}])
        refusal = world.build("AlwaysPullImages").validate(review(obj))
        assert (
            'spec.containers[0].imagePullPolicy: Unsupported value: "Never": supported values: "Always"' in refusal.message
        )

    def test_an_update_without_new_images_is_left_alone(self, world, review, pod):
        old = pod(containers=[{"name": "c", "image": "i", "imagePullPolicy": "Never"}])
        new = pod(containers=[{"name": "c", "image": "i", "imagePullPolicy": "Never"}])
        plugin = world.build("AlwaysPullImages")
        assert plugin.mutate(review(new, old=old)) is None
        assert plugin.validate(review(new, old=old)) is None
        assert new["spec"]["containers"][0]["imagePullPolicy"] == "Never"


class TestDefaultTolerationSeconds:
    @pytest.mark.parametrize(
        ("given", "added"),
        [
            (None, [NOT_READY, UNREACHABLE]),
            ([{"key": NOT_READY["key"], "operator": "Exists", "effect": "NoExecute"}], [UNREACHABLE]),
            ([{"operator": "Exists"}], []),
            ([{"operator": "Exists", "effect": "NoSchedule"}], [NOT_READY, UNREACHABLE]),
        ],
    )
    def test_what_is_missing_is_added(self, world, review, pod, given, added):
        obj = pod(**({"tolerations": given} if given else {}))
        world.build("DefaultTolerationSeconds").mutate(review(obj))
        assert obj["spec"].get("tolerations", []) == (given or []) + added

    def test_the_flags_say_how_long(self, world, review, pod):
        world.options = {"default-not-ready-toleration-seconds": 5, "default-unreachable-toleration-seconds": 0}
        obj = pod()
        world.build("DefaultTolerationSeconds").mutate(review(obj))
        assert [t["tolerationSeconds"] for t in obj["spec"]["tolerations"]] == [5, 0]


class TestPriority:
    @staticmethod
    def priority_class(world, name, value, **fields):
        meta = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name}}
        return world.add({**meta, "value": value, "preemptionPolicy": "Never", **fields})

    def test_without_classes_it_is_zero(self, world, review, pod):
        obj = pod()
        world.build("Priority").mutate(review(obj))
        assert (obj["spec"]["priority"], obj["spec"]["preemptionPolicy"]) == (0, "PreemptLowerPriority")
        assert "priorityClassName" not in obj["spec"]

    def test_the_global_default_of_the_lowest_value_counts(self, world, review, pod):
        self.priority_class(world, "a", 7, globalDefault=True)
        self.priority_class(world, "b", 5, globalDefault=True)
        obj = pod()
        world.build("Priority").mutate(review(obj))
        assert (obj["spec"]["priorityClassName"], obj["spec"]["priority"]) == ("b", 5)

    @pytest.mark.parametrize(
        ("spec", "why"),
        [
            ({"priorityClassName": "ghost"}, "no PriorityClass with name ghost was found"),
            (
                {"priorityClassName": "high", "priority": 1},
                "the integer value of priority (1) must not be provided in pod spec",
            ),
            ({"priorityClassName": "high", "preemptionPolicy": "X"}, "the string value of PreemptionPolicy (X) must not"),
        ],
    )
    def test_what_contradicts_the_class_is_refused(self, world, review, pod, spec, why):
        self.priority_class(world, "high", 1000)
        assert why in world.build("Priority").mutate(review(pod(**spec))).message

    def test_an_equal_number_passes(self, world, review, pod):
        self.priority_class(world, "high", 1000)
        assert world.build("Priority").mutate(review(pod(priorityClassName="high", priority=1000))) is None

    def test_an_update_keeps_what_was_computed(self, world, review, pod):
        new = pod()
        world.build("Priority").mutate(review(new, old=pod(priority=3, preemptionPolicy="Never")))
        assert (new["spec"]["priority"], new["spec"]["preemptionPolicy"]) == (3, "Never")

    def test_there_is_one_global_default(self, world, review):
        first = self.priority_class(world, "first", 1, globalDefault=True)
        second = {**first, "metadata": {"name": "second"}}
        plugin = world.build("Priority")
        assert "PriorityClass first is already marked as default" in plugin.validate(review(second)).message
        assert plugin.validate(review(first, old=first)) is None
        assert plugin.validate(review({**second, "globalDefault": False})) is None


class TestRuntimeClass:
    @staticmethod
    def runtime_class(world, name="r", **fields):
        world.add(
            {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": name}, "handler": "h", **fields}
        )

    def test_overhead_selector_and_tolerations_are_merged(self, world, review, pod):
        tolerations = [{"key": "k", "operator": "Exists"}]
        self.runtime_class(
            world, overhead={"podFixed": {"cpu": "1"}}, scheduling={"nodeSelector": {"a": "b"}, "tolerations": tolerations}
        )
        obj = pod(runtimeClassName="r", nodeSelector={"c": "d"})
        plugin = world.build("RuntimeClass")
        assert plugin.mutate(review(obj)) is None
        assert plugin.validate(review(obj)) is None
        spec = obj["spec"]
        assert (spec["overhead"], spec["nodeSelector"]) == ({"cpu": "1"}, {"c": "d", "a": "b"})
        assert spec["tolerations"] == tolerations

    @pytest.mark.parametrize(
        ("spec", "why"),
        [
            ({"runtimeClassName": "ghost"}, 'pod rejected: RuntimeClass "ghost" not found'),
            ({"runtimeClassName": "r", "overhead": {"cpu": "2"}}, "Pod's Overhead doesn't match"),
            (
                {"runtimeClassName": "r", "nodeSelector": {"a": "x"}},
                "conflict: runtimeClass.scheduling.nodeSelector[a] = b; pod.spec.nodeSelector[a] = x",
            ),
        ],
    )
    def test_contradictions_are_refused(self, world, review, pod, spec, why):
        self.runtime_class(world, overhead={"podFixed": {"cpu": "1"}}, scheduling={"nodeSelector": {"a": "b"}})
        assert why in world.build("RuntimeClass").mutate(review(pod(**spec))).message

    @pytest.mark.parametrize(
        "spec", [{"overhead": {"cpu": "1"}}, {"overhead": {}}, {"overhead": {}, "runtimeClassName": "plain"}]
    )
    def test_overhead_needs_a_class_that_defines_it(self, world, review, pod, spec):
        self.runtime_class(world, "plain")
        assert "without corresponding RuntimeClass" in world.build("RuntimeClass").validate(review(pod(**spec))).message

    def test_equal_amounts_written_differently_are_equal(self, world, review, pod):
        self.runtime_class(world, overhead={"podFixed": {"cpu": "1"}})
        assert world.build("RuntimeClass").mutate(review(pod(runtimeClassName="r", overhead={"cpu": "1000m"}))) is None


class TestExtendedResources:
    def test_each_extended_resource_is_tolerated(self, world, review, pod):
        requests = {"cpu": "1", "example.com/gpu": "1", "hugepages-2Mi": "1Mi", "kubernetes.io/x": "1"}
        obj = pod(containers=[{"name": "c", "resources": {"requests": requests}}])
        world.build("ExtendedResourceToleration").mutate(review(obj))
        assert obj["spec"]["tolerations"] == [{"key": "example.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]


class TestPodNodeSelector:
    CONFIGURATION: ClassVar = {"podNodeSelectorPluginConfig": {"clusterDefaultNodeSelector": "env=prod", "only": "zone=z1"}}

    def selector(self, world, review, pod, namespace, own=None):
        obj = pod(meta={"namespace": namespace}, **({"nodeSelector": own} if own else {}))
        refusal = world.build("PodNodeSelector", self.CONFIGURATION).mutate(review(obj))
        return refusal.message if refusal else obj["spec"].get("nodeSelector")

    def test_the_default_is_added(self, world, review, pod):
        assert self.selector(world, review, pod, "ns", {"a": "b"}) == {"env": "prod", "a": "b"}

    def test_the_namespaces_annotation_counts_instead(self, world, review, pod):
        world.namespace("x", annotations={"scheduler.alpha.kubernetes.io/node-selector": "a=b"})
        world.namespace("none", annotations={"scheduler.alpha.kubernetes.io/node-selector": ""})
        assert self.selector(world, review, pod, "x") == {"a": "b"}
        assert self.selector(world, review, pod, "none") is None

    def test_contradictions_and_labels_off_the_list_are_refused(self, world, review, pod):
        world.namespace("only")
        assert "conflicts with its namespace node label selector" in self.selector(world, review, pod, "ns", {"env": "x"})
        assert "conflict with its namespace whitelist" in self.selector(world, review, pod, "only")

    @pytest.mark.parametrize(("text", "message"), [("bad", "invalid selector: [bad]"), ("-=x", '<nil>: Invalid value: "-"')])
    def test_an_unreadable_annotation_is_a_500(self, world, pod, review, text, message):
        from kubegate.api.status import StatusError

        world.namespace("x", annotations={"scheduler.alpha.kubernetes.io/node-selector": text})
        with pytest.raises(StatusError) as caught:
            self.selector(world, review, pod, "x")
        assert caught.value.status.code == 500
        assert message in caught.value.message


class TestPodTolerationRestriction:
    A = '[{"key":"a","operator":"Exists"}]'

    def test_defaults_are_merged_and_what_asks_for_memory_tolerates_pressure(self, world, review, pod):
        world.namespace("x", annotations={DEFAULT_ANNOTATION: self.A})
        obj = pod(meta={"namespace": "x"}, containers=[{"name": "c", "resources": {"requests": {"memory": "1"}}}])
        assert world.build("PodTolerationRestriction").mutate(review(obj)) is None
        assert [t["key"] for t in obj["spec"]["tolerations"]] == ["a", "node.kubernetes.io/memory-pressure"]

    def test_what_is_not_on_the_list_is_refused_with_500(self, world, review, pod):
        world.namespace("x", annotations={ALLOWED_ANNOTATION: self.A})
        plugin = world.build("PodTolerationRestriction")
        good = pod(meta={"namespace": "x"}, tolerations=[{"key": "a", "operator": "Equal", "value": "v"}])
        bad = pod(meta={"namespace": "x"}, tolerations=[{"key": "b", "operator": "Exists"}])
        assert plugin.validate(review(good)) is None
        refusal = plugin.validate(review(bad))
        assert (refusal.code, refusal.reason) == (500, "")
        assert "conflict with its namespace whitelist" in refusal.message

    def test_the_configuration_counts_where_the_namespace_says_nothing(self, world, review, pod):
        plugin = world.build("PodTolerationRestriction", {"whitelist": [{"key": "a", "operator": "Exists"}]})
        bad = pod(tolerations=[{"key": "b", "operator": "Exists"}])
        assert plugin.validate(review(bad)).code == 500
        world.namespace("ns", annotations={ALLOWED_ANNOTATION: "[]"})
        assert plugin.validate(review(bad)) is None


class TestPodTopologyLabels:
    NODE: ClassVar = {"zone": "z", "region": "r"}

    @pytest.fixture(autouse=True)
    def node(self, world):
        labels = {f"topology.kubernetes.io/{key}": value for key, value in self.NODE.items()}
        world.add({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1", "labels": {**labels, "other": "x"}}})

    def test_a_bound_pod_gets_zone_and_region(self, world, review, pod):
        obj = pod(meta={"labels": {"topology.kubernetes.io/zone": "mine"}}, nodeName="n1")
        world.build("PodTopologyLabels").mutate(review(obj))
        assert obj["metadata"]["labels"] == {"topology.kubernetes.io/zone": "z", "topology.kubernetes.io/region": "r"}

    def test_a_binding_carries_them(self, world, review):
        binding = {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"name": "p"},
            "target": {"kind": "Node", "name": "n1"},
        }
        world.build("PodTopologyLabels").mutate(review(binding, resource="pods", subresource="binding"))
        assert binding["metadata"]["labels"] == {"topology.kubernetes.io/zone": "z", "topology.kubernetes.io/region": "r"}

    def test_a_missing_node_gives_none(self, world, review, pod):
        obj = pod(nodeName="ghost")
        world.build("PodTopologyLabels").mutate(review(obj))
        assert "labels" not in obj["metadata"]
