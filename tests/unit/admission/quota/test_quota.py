"""ResourceQuota: what objects consume, scopes, refusals, charging, races, recounting."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from kubegate.admission.plugins.resource_quota import ResourceQuota
from kubegate.admission.quota import amounts, pod_resources
from kubegate.admission.quota.evaluators import evaluator_of
from kubegate.admission.quota.recount import resources_of, status_of
from kubegate.admission.quota.scopes import Scope, matches_claim, matches_pod

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def quota(world, hard, used=None, name="q", **spec):
    status = {"hard": hard, "used": used if used is not None else dict.fromkeys(hard, "0")}
    obj = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": name},
        "spec": {"hard": hard, **spec},
        "status": status,
    }
    return world.add(obj)


def wants(pod, name="p", **requests):
    return pod(name, containers=[{"name": "c", "resources": {"requests": requests, "limits": requests}}])


def used(world, name="q"):
    return world.cluster.get("resourcequotas", "ns", name)["status"]["used"]


def usage(obj, resource):
    return amounts.write(evaluator_of(resource).usage(obj, NOW))


class TestUsage:
    def test_pods(self, pod):
        resources = {
            "requests": {"cpu": "100m", "hugepages-2Mi": "2Mi", "example.com/gpu": "1"},
            "limits": {"memory": "1Gi"},
        }
        assert usage(pod(containers=[{"name": "c", "resources": resources}]), "pods") == {
            "count/pods": "1",
            "pods": "1",
            "cpu": "100m",
            "requests.cpu": "100m",
            "limits.memory": "1Gi",
            "hugepages-2Mi": "2Mi",
            "requests.hugepages-2Mi": "2Mi",
            "requests.example.com/gpu": "1",
        }

    @pytest.mark.parametrize(
        ("meta", "status", "alive"),
        [
            ({}, {"phase": "Succeeded"}, False),
            ({}, {"phase": "Failed"}, False),
            ({}, {"phase": "Running"}, True),
            ({"deletionTimestamp": "2025-12-31T23:00:00Z", "deletionGracePeriodSeconds": 30}, {}, False),
            ({"deletionTimestamp": "2025-12-31T23:59:59Z", "deletionGracePeriodSeconds": 30}, {}, True),
        ],
    )
    def test_pods_that_ended_count_only_as_objects(self, pod, meta, status, alive):
        obj = pod(meta=meta) | {"status": status}
        assert ("pods" in usage(obj, "pods")) is alive

    @pytest.mark.parametrize(
        ("spec", "ports", "balancers"),
        [
            ({"type": "ClusterIP", "ports": [{}]}, "0", "0"),
            ({"type": "NodePort", "ports": [{}, {}]}, "2", "0"),
            ({"type": "LoadBalancer", "ports": [{}, {}]}, "2", "1"),
            ({"type": "LoadBalancer", "allocateLoadBalancerNodePorts": False, "ports": [{}, {"nodePort": 30000}]}, "1", "1"),
        ],
    )
    def test_services(self, spec, ports, balancers):
        found = usage({"spec": spec}, "services")
        assert (found["services.nodeports"], found["services.loadbalancers"]) == (ports, balancers)

    def test_claims_count_by_class_and_by_what_they_hold_already(self):
        spec = {"storageClassName": "gold", "resources": {"requests": {"storage": "1Gi"}}}
        found = usage({"spec": spec, "status": {"allocatedResources": {"storage": "3Gi"}}}, "persistentvolumeclaims")
        assert found["requests.storage"] == found["gold.storageclass.storage.k8s.io/requests.storage"] == "3Gi"
        assert found["gold.storageclass.storage.k8s.io/persistentvolumeclaims"] == "1"

    def test_devices_of_claims(self):
        requests = [
            {"exactly": {"deviceClassName": "gpu", "count": 2}},
            {"firstAvailable": [{"deviceClassName": "gpu", "count": 4}, {"deviceClassName": "nic"}]},
        ]
        found = usage({"spec": {"devices": {"requests": requests}}}, "resourceclaims.resource.k8s.io")
        assert found["gpu.deviceclass.resource.k8s.io/devices"] == "6"
        assert found["nic.deviceclass.resource.k8s.io/devices"] == "1"

    @pytest.mark.parametrize(
        ("resource", "names"), [("secrets", {"secrets", "count/secrets"}), ("deployments.apps", {"count/deployments.apps"})]
    )
    def test_other_objects_are_counted(self, resource, names):
        assert set(usage({}, resource)) == names

    @pytest.mark.parametrize("resource", ["events", "subjectaccessreviews.authorization.k8s.io"])
    def test_some_never_are(self, resource):
        assert evaluator_of(resource) is None


class TestPodResources:
    def test_init_containers_count_by_the_largest_sidecars_by_the_sum(self):
        def container(cpu, **more):
            return {"resources": {"requests": {"cpu": cpu}}, **more}

        spec = {
            "containers": [container("1"), container("1")],
            "initContainers": [container("1"), container("1", restartPolicy="Always"), container("3")],
            "overhead": {"cpu": "500m"},
        }
        assert amounts.write(pod_resources.requests(spec)) == {"cpu": "4500m"}
        assert amounts.write(pod_resources.requests(spec, overhead=False)) == {"cpu": "4"}

    def test_the_pods_own_requests_replace_the_sum(self):
        spec = {
            "containers": [{"resources": {"requests": {"cpu": "1", "x.io/y": "1"}}}],
            "resources": {"requests": {"cpu": "5"}},
        }
        assert amounts.write(pod_resources.requests(spec)) == {"cpu": "5", "x.io/y": "1"}


class TestScopes:
    @pytest.mark.parametrize(
        ("scope", "spec", "inside"),
        [
            (Scope("Terminating"), {"activeDeadlineSeconds": 1}, True),
            (Scope("NotTerminating"), {"activeDeadlineSeconds": 1}, False),
            (Scope("BestEffort"), {}, True),
            (Scope("NotBestEffort"), {}, False),
            (Scope("PriorityClass"), {"priorityClassName": "a"}, True),
            (Scope("PriorityClass"), {}, False),
            (Scope("PriorityClass", "In", ("a",)), {"priorityClassName": "a"}, True),
            (Scope("PriorityClass", "NotIn", ("a",)), {"priorityClassName": "a"}, False),
            (Scope("PriorityClass", "NotIn", ("a",)), {}, True),
            (Scope("PriorityClass", "DoesNotExist"), {}, True),
            (Scope("CrossNamespacePodAffinity"), {}, False),
            (Scope("Unheard"), {}, False),
        ],
    )
    def test_pods(self, pod, scope, spec, inside):
        assert matches_pod(scope, pod(**spec)) is inside

    @pytest.mark.parametrize("kind", ["podAffinity", "podAntiAffinity"])
    @pytest.mark.parametrize("term", [{"namespaces": ["x"]}, {"namespaceSelector": {}}])
    def test_affinity_across_namespaces(self, pod, kind, term):
        preferred = {"preferredDuringSchedulingIgnoredDuringExecution": [{"podAffinityTerm": term}]}
        assert matches_pod(Scope("CrossNamespacePodAffinity"), pod(affinity={kind: preferred}))

    def test_claims_by_attributes_class(self):
        claim = {"spec": {}, "status": {"currentVolumeAttributesClassName": "gold"}}
        assert matches_claim(Scope("VolumeAttributesClass", "In", ("gold",)), claim)
        assert not matches_claim(Scope("VolumeAttributesClass", "In", ("silver",)), claim)


class TestChecks:
    def test_what_exceeds_is_refused_with_the_numbers(self, world, review, pod):
        quota(world, {"pods": "5", "requests.cpu": "1"}, {"pods": "1", "requests.cpu": "900m"})
        refusal = world.build("ResourceQuota").validate(review(wants(pod, cpu="200m")))
        assert refusal.message == (
            'pods "p" is forbidden: exceeded quota: q, requested: requests.cpu=200m, used: requests.cpu=900m, '
            "limited: requests.cpu=1"
        )
        assert used(world) == {"pods": "1", "requests.cpu": "900m"}

    def test_what_fits_is_charged(self, world, review, pod):
        quota(world, {"pods": "5", "requests.cpu": "1"}, {"pods": "1", "requests.cpu": "500m"})
        assert world.build("ResourceQuota").validate(review(wants(pod, cpu="500m"))) is None
        assert used(world) == {"pods": "2", "requests.cpu": "1"}

    def test_a_dry_run_is_checked_and_not_charged(self, world, review, pod):
        quota(world, {"pods": "1"})
        plugin = world.build("ResourceQuota")
        assert plugin.validate(review(pod(), dry_run=True)) is None
        assert used(world) == {"pods": "0"}
        plugin.validate(review(pod()))
        assert "exceeded quota" in plugin.validate(review(pod(), dry_run=True)).message

    def test_where_compute_is_limited_containers_must_say_what_they_want(self, world, review, pod):
        quota(world, {"limits.cpu": "1", "memory": "1Gi"})
        obj = pod(containers=[{"name": "b"}, {"name": "a"}])
        why = "failed quota: q: must specify limits.cpu for: a,b; memory for: a,b"
        assert why in world.build("ResourceQuota").validate(review(obj)).message
        obj["spec"]["resources"] = {"limits": {"cpu": "1"}, "requests": {"memory": "1Gi"}}
        assert world.build("ResourceQuota").validate(review(obj)) is None

    def test_an_uncounted_quota_refuses(self, world, review, pod):
        quota(world, {"pods": "1"}, {})
        assert "status unknown for quota: q, resources: pods" in world.build("ResourceQuota").validate(review(pod())).message

    def test_the_status_counts_not_the_specification(self, world, review, pod):
        obj = quota(world, {"pods": "1"})
        world.cluster.put("resourcequotas", {**obj, "spec": {"hard": {"pods": "0"}}})
        assert world.build("ResourceQuota").validate(review(pod())) is None

    def test_only_quotas_whose_scopes_match_count(self, world, review, pod):
        quota(world, {"pods": "0"}, scopes=["Terminating"])
        plugin = world.build("ResourceQuota")
        assert plugin.validate(review(pod())) is None
        assert plugin.validate(review(pod(activeDeadlineSeconds=5))) is not None

    def test_updates_are_charged_by_the_difference(self, world, review):
        quota(world, {"services.nodeports": "1"}, {"services.nodeports": "0"})

        def service(kind):
            meta = {"name": "s", "namespace": "ns", "resourceVersion": "1"}
            return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"type": kind, "ports": [{}]}}

        plugin = world.build("ResourceQuota")
        assert plugin.validate(review(service("NodePort"), old=service("ClusterIP"))) is None
        assert used(world)["services.nodeports"] == "1"
        assert plugin.validate(review(service("ClusterIP"), old=service("NodePort"))) is None
        assert used(world)["services.nodeports"] == "0"

    @pytest.mark.parametrize("subresource", ["status", "scale", "ephemeralcontainers"])
    def test_subresources_other_than_resize_are_free(self, world, review, pod, subresource):
        quota(world, {"pods": "0"})
        assert world.build("ResourceQuota").validate(review(pod(), subresource=subresource)) is None

    def test_negative_usage_is_refused(self, world, review, pod):
        quota(world, {"requests.cpu": "1"})
        refusal = world.build("ResourceQuota").validate(review(wants(pod, cpu="-1")))
        assert "quota usage is negative for resource(s): cpu,limits.cpu,requests.cpu" in refusal.message


class TestLimitedResources:
    def plugin(self, world, **limited):
        head = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "ResourceQuotaConfiguration"}
        return world.build("ResourceQuota", {**head, "limitedResources": [{"resource": "pods", **limited}]})

    def test_what_is_limited_needs_a_quota(self, world, review, pod):
        plugin = self.plugin(world, matchContains=["example.com/gpu"])
        asked = review(wants(pod, **{"example.com/gpu": "1"}))
        assert "insufficient quota to consume: requests.example.com/gpu" in plugin.validate(asked).message
        assert plugin.validate(review(pod())) is None
        quota(world, {"requests.example.com/gpu": "4"})
        assert plugin.validate(asked) is None

    def test_scopes_too(self, world, review, pod):
        scope = {"scopeName": "PriorityClass", "operator": "In", "values": ["high"]}
        plugin = self.plugin(world, matchScopes=[scope])
        asked = review(pod(priorityClassName="high"))
        refusal = plugin.validate(asked)
        assert (refusal.code, refusal.reason) == (500, "")
        assert refusal.message == "insufficient quota to match these scopes: [{PriorityClass In [high]}]"
        quota(world, {"pods": "9"}, scopeSelector={"matchExpressions": [scope]})
        assert plugin.validate(asked) is None


class TestRaces:
    def test_a_thousand_writers_get_exactly_what_there_is(self, world, review, pod):
        quota(world, {"pods": "100"})
        plugin, answers = world.build("ResourceQuota"), []

        def write(number):
            answers.extend(plugin.validate(review(pod(f"p{number}-{i}"))) for i in range(50))

        threads = [threading.Thread(target=write, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(answers) == 1000
        assert sum(answer is None for answer in answers) == 100
        assert used(world) == {"pods": "100"}

    def test_another_server_charging_at_the_same_time_is_met_by_trying_again(self, world, review, pod):
        quota(world, {"pods": "2"})
        cluster, write = world.cluster, world.cluster.update
        rivals = [1]

        def update(resource, obj):
            if rivals:
                rivals.pop()
                current = cluster.get("resourcequotas", "ns", "q")
                write(resource, {**current, "status": {**current["status"], "used": {"pods": "1"}}})
            return write(resource, obj)

        cluster.update = update
        plugin = world.build("ResourceQuota")
        assert plugin.validate(review(pod("a"))) is None
        assert used(world) == {"pods": "2"}
        assert "exceeded quota" in plugin.validate(review(pod("b"))).message

    def test_who_never_wins_is_refused(self, world, review, pod):
        from kubegate.api import status
        from kubegate.api.status import StatusError

        quota(world, {"pods": "2"})

        def lose(resource, obj):
            raise StatusError(status.conflict("", "resourcequotas", "q", "changed"))

        world.cluster.update = lose
        assert world.build("ResourceQuota").validate(review(pod())).code == 409

    def test_a_conflict_does_not_charge_another_quota_twice(self, world, review, pod):
        quota(world, {"pods": "9"}, name="a")
        quota(world, {"pods": "9"}, name="b")
        write, failures = world.cluster.update, ["b"]

        def update(resource, obj):
            if obj["metadata"]["name"] in failures:
                failures.clear()
                obj = {**obj, "metadata": {**obj["metadata"], "resourceVersion": "old"}}
            return write(resource, obj)

        world.cluster.update = update
        assert world.build("ResourceQuota").validate(review(pod())) is None
        assert (used(world, "a"), used(world, "b")) == ({"pods": "1"}, {"pods": "1"})


def test_recounting_adds_up_what_is_there(world, pod):
    hard = {"pods": "9", "requests.cpu": "9", "count/deployments.apps": "9", "secrets": "9"}
    obj = quota(world, hard, {})
    world.add(wants(pod, "a", cpu="1"))
    world.add(wants(pod, "b", cpu="500m"))
    world.add({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}})
    elsewhere = wants(pod, "c", cpu="1")
    elsewhere["metadata"]["namespace"] = "default"
    world.add(elsewhere)
    assert status_of(obj, world.cluster, NOW) == {
        "hard": hard,
        "used": {"pods": "2", "requests.cpu": "1500m", "count/deployments.apps": "1", "secrets": "0"},
    }
    assert resources_of(hard) == ["pods", "deployments.apps", "secrets"]


def test_the_plugin_needs_no_quota_to_admit(world, review, pod):
    assert ResourceQuota(world.cluster, (), lambda: NOW).validate(review(pod())) is None
