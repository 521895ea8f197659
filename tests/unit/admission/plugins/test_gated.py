"""Plugins that act behind feature gates: pod groups, in-place resizes, declared features."""

from __future__ import annotations

import copy

import pytest

from kubegate.api.names import GroupVersionKind, GroupVersionResource

ALPHA = {"feature-gates": {"GenericWorkload": True}}


def as_kind(asked, kind, resource):
    asked.kind = GroupVersionKind("scheduling.k8s.io", "v1alpha2", kind)
    asked.resource = GroupVersionResource("scheduling.k8s.io", "v1alpha2", resource)
    return asked


def group(**spec):
    return {"kind": "PodGroup", "metadata": {"name": "g", "namespace": "ns"}, "spec": spec}


@pytest.mark.parametrize(("options", "finalizers"), [({}, None), (ALPHA, ["scheduling.k8s.io/podgroup-protection"])])
def test_pod_groups_are_protected_behind_the_gate(world, review, options, finalizers):
    world.options = options
    obj = group()
    world.build("PodGroupProtection").mutate(as_kind(review(obj), "PodGroup", "podgroups"))
    assert obj["metadata"].get("finalizers") == finalizers


def test_no_pod_joins_a_group_that_goes_away(world, review, pod):
    world.options = ALPHA
    dying = group()
    dying["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    world.cluster.put("podgroups.scheduling.k8s.io", dying)
    plugin = world.build("PodGroupProtection")
    refusal = plugin.validate(review(pod(schedulingGroup={"podGroupName": "g"})))
    assert 'cannot create Pod referencing PodGroup "g" because it is being deleted' in refusal.message
    assert plugin.validate(review(pod(schedulingGroup={"podGroupName": "other"}))) is None


@pytest.mark.parametrize(
    ("workload", "template", "why"),
    [
        ("ghost", "t", 'Workload "ghost" not found'),
        ("w", "x", 'PodGroupTemplate "x" not found in Workload "w"'),
        ("w", "t", None),
    ],
)
def test_a_group_needs_its_workload_and_template(world, review, workload, template, why):
    world.options = ALPHA
    made = {"kind": "Workload", "metadata": {"name": "w", "namespace": "ns"}, "spec": {"podGroupTemplates": [{"name": "t"}]}}
    world.cluster.put("workloads.scheduling.k8s.io", made)
    reference = {"workload": {"workloadName": workload, "podGroupTemplateName": template}}
    asked = as_kind(review(group(podGroupTemplateRef=reference)), "PodGroup", "podgroups")
    refusal = world.build("PodGroupWorkloadExists").validate(asked)
    assert (refusal is None) if why is None else why in refusal.message


def sized(pod, cpu, **more):
    obj = pod(nodeName="n1", containers=[{"name": "c", "resources": {"requests": {"cpu": cpu, "memory": "1Gi"}}}], **more)
    obj["status"] = {"qosClass": "Guaranteed"}
    return obj


def node(world, *, system="linux", features=(), cpu="2"):
    meta = {"name": "n1", "labels": {"kubernetes.io/os": system}}
    status = {"allocatable": {"cpu": cpu, "memory": "2Gi"}, "declaredFeatures": list(features)}
    world.add({"apiVersion": "v1", "kind": "Node", "metadata": meta, "status": status})


class TestResize:
    def judge(self, world, review, pod, cpu):
        asked = review(sized(pod, cpu), old=sized(pod, "1"), subresource="resize")
        refusal = world.build("PodResizeValidator").validate(asked)
        return refusal.message if refusal else None

    def test_what_fits_passes_and_what_never_can_is_refused(self, world, review, pod):
        node(world)
        assert self.judge(world, review, pod, "2") is None
        message = self.judge(world, review, pod, "3")
        assert "Node didn't have enough allocatable resources: cpu, requested: 3000, allocatable: 2000" in message

    def test_linux_only(self, world, review, pod):
        node(world, system="windows")
        assert 'only supported on linux nodes, node "n1" is "windows"' in self.judge(world, review, pod, "2")

    def test_the_node_must_be_there(self, world, review, pod):
        assert 'node "n1" not found' in self.judge(world, review, pod, "2")

    def test_nothing_changed_nothing_judged(self, world, review, pod):
        assert self.judge(world, review, pod, "1") is None


class TestDeclaredFeatures:
    def judge(self, world, review, new, old):
        refusal = world.build("NodeDeclaredFeatureValidator").validate(review(new, old=old, subresource="resize"))
        return refusal.message if refusal else None

    def test_the_cpu_of_a_guaranteed_pod_needs_the_feature(self, world, review, pod):
        node(world)
        message = self.judge(world, review, sized(pod, "2"), sized(pod, "1"))
        assert 'requires features GuaranteedQoSPodCPUResize which are not available on node "n1"' in message
        node(world, features=["GuaranteedQoSPodCPUResize"])
        assert self.judge(world, review, sized(pod, "2"), sized(pod, "1")) is None

    def test_other_pods_and_unbound_ones_need_nothing(self, world, review, pod):
        node(world)
        old, new = sized(pod, "1"), sized(pod, "2")
        old["status"] = new["status"] = {"qosClass": "Burstable"}
        assert self.judge(world, review, new, old) is None
        unbound = copy.deepcopy(sized(pod, "2"))
        del unbound["spec"]["nodeName"]
        assert self.judge(world, review, unbound, sized(pod, "1")) is None

    def test_pod_level_resources_need_theirs(self, world, review, pod):
        node(world)
        new = sized(pod, "1", resources={"requests": {"cpu": "2"}})
        assert "InPlacePodLevelResourcesVerticalScaling" in self.judge(world, review, new, sized(pod, "1"))

    @pytest.mark.parametrize(("more", "needs"), [({}, True), ({"restartPolicy": "Always"}, False)], ids=str)
    def test_init_containers_that_are_no_sidecars_need_theirs(self, world, review, pod, more, needs):
        node(world)
        old, new = (
            sized(pod, "1", initContainers=[{"name": "i", "resources": {"requests": {"memory": size}}, **more}])
            for size in ("1Mi", "2Mi")
        )
        message = self.judge(world, review, new, old)
        assert ("InPlacePodVerticalScalingInitContainers" in message) if needs else message is None

    def test_the_gate_switches_it_off(self, world, review, pod):
        node(world)
        world.options = {"feature-gates": {"NodeDeclaredFeatures": False}}
        assert self.judge(world, review, sized(pod, "2"), sized(pod, "1")) is None
