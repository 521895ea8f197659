"""LimitRanger: defaults, bounds, ratios, and when it judges."""

from __future__ import annotations

import pytest


def limit_range(world, *limits, name="l"):
    world.add({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": name}, "spec": {"limits": list(limits)}})


def container(name="c", **resources):
    return {"name": name, "resources": resources}


@pytest.fixture
def judge(world, review):
    plugin = world.build("LimitRanger")

    def answer(obj, **how):
        refusal = plugin.validate(review(obj, **how))
        return refusal.message if refusal else None

    return answer


def test_defaults_are_filled_in_and_annotated(world, review, pod):
    limit_range(world, {"type": "Container", "default": {"cpu": "1", "memory": "1Gi"}, "defaultRequest": {"cpu": "500m"}})
    obj = pod(containers=[container(limits={"cpu": "2"})], initContainers=[container("i")])
    assert world.build("LimitRanger").mutate(review(obj)) is None
    spec = obj["spec"]
    assert spec["containers"][0]["resources"] == {"limits": {"cpu": "2", "memory": "1Gi"}, "requests": {"cpu": "500m"}}
    assert spec["initContainers"][0]["resources"] == {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}}
    assert obj["metadata"]["annotations"]["kubernetes.io/limit-ranger"] == (
        "LimitRanger plugin set: cpu request for container c; memory limit for container c; "
        "cpu request for init container i; cpu, memory limit for init container i"
    )


def test_where_nothing_is_missing_nothing_is_said(world, review, pod):
    limit_range(world, {"type": "Container", "default": {"cpu": "1"}})
    obj = pod(containers=[container(limits={"cpu": "2"})])
    world.build("LimitRanger").mutate(review(obj))
    assert "annotations" not in obj["metadata"]


@pytest.mark.parametrize(
    ("bound", "resources", "message"),
    [
        ({"min": {"cpu": "1"}}, {}, "minimum cpu usage per Container is 1.  No request is specified"),
        ({"min": {"cpu": "1"}}, {"requests": {"cpu": "999m"}}, "minimum cpu usage per Container is 1, but request is 999m"),
        (
            {"min": {"cpu": "1"}},
            {"requests": {"cpu": "1"}, "limits": {"cpu": "500m"}},
            "minimum cpu usage per Container is 1, but limit is 500m",
        ),
        ({"max": {"cpu": "1"}}, {}, "maximum cpu usage per Container is 1.  No limit is specified"),
        ({"max": {"cpu": "1"}}, {"limits": {"cpu": "2"}}, "maximum cpu usage per Container is 1, but limit is 2"),
        (
            {"max": {"cpu": "1"}},
            {"limits": {"cpu": "1"}, "requests": {"cpu": "2"}},
            "maximum cpu usage per Container is 1, but request is 2",
        ),
        (
            {"maxLimitRequestRatio": {"cpu": "1.5"}},
            {"limits": {"cpu": "2"}, "requests": {"cpu": "1"}},
            "cpu max limit to request ratio per Container is 1500m, but provided ratio is 2.000000",
        ),
        (
            {"maxLimitRequestRatio": {"cpu": "2"}},
            {"limits": {"cpu": "1"}},
            "cpu max limit to request ratio per Container is 2, but no request is specified or request is 0",
        ),
        (
            {"maxLimitRequestRatio": {"cpu": "2"}},
            {"requests": {"cpu": "1"}},
            "cpu max limit to request ratio per Container is 2, but no limit is specified or limit is 0",
        ),
        ({"min": {"cpu": "1"}, "max": {"cpu": "2"}}, {"requests": {"cpu": "1"}, "limits": {"cpu": "2"}}, None),
        ({"maxLimitRequestRatio": {"cpu": "2"}}, {"requests": {"cpu": "1"}, "limits": {"cpu": "2"}}, None),
    ],
)
def test_bounds_of_containers(world, judge, pod, bound, resources, message):
    limit_range(world, {"type": "Container", **bound})
    found = judge(pod(containers=[container(**resources)]))
    assert found == (f'pods "p" is forbidden: {message}' if message else None)


def test_init_containers_are_bounded_too(world, judge, pod):
    limit_range(world, {"type": "Container", "max": {"cpu": "1"}})
    assert "limit is 2" in judge(
        pod(containers=[container(limits={"cpu": "1"})], initContainers=[container("i", limits={"cpu": "2"})])
    )


def test_pods_are_bounded_as_a_whole(world, judge, pod):
    limit_range(world, {"type": "Pod", "max": {"cpu": "1"}})
    halves = [container(name, limits={"cpu": "600m"}) for name in "ab"]
    assert "maximum cpu usage per Pod is 1, but limit is 1200m" in judge(pod(containers=halves))
    assert judge(pod(containers=halves[:1])) is None


def test_several_faults_are_told_together(world, judge, pod):
    limit_range(world, {"type": "Container", "min": {"cpu": "1", "memory": "1Gi"}})
    message = judge(pod())
    assert message.endswith(
        "forbidden: [minimum cpu usage per Container is 1.  No request is specified, "
        "minimum memory usage per Container is 1Gi.  No request is specified]"
    )


def test_claims(world, judge):
    def claim(size):
        spec = {"resources": {"requests": {"storage": size}}}
        return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c"}, "spec": spec}

    limit_range(world, {"type": "PersistentVolumeClaim", "min": {"storage": "1Gi"}, "max": {"storage": "2Gi"}})
    assert judge(claim("1Gi")) is None
    assert "maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi" in judge(claim("3Gi"))
    assert "but request is 3Gi" in judge(claim("3Gi"), old=claim("2Gi"))


@pytest.mark.parametrize(("subresource", "judged"), [("", False), ("status", False), ("resize", True)])
def test_of_updates_of_pods_only_resizes_are_judged(world, judge, pod, subresource, judged):
    limit_range(world, {"type": "Container", "max": {"cpu": "1"}})
    new = pod(containers=[container(limits={"cpu": "2"})])
    assert (judge(new, old=pod(), subresource=subresource) is not None) is judged


def test_what_is_being_deleted_is_left_alone(world, judge, pod):
    limit_range(world, {"type": "Container", "max": {"cpu": "1"}})
    dying = pod(meta={"deletionTimestamp": "2026-01-01T00:00:00Z"})
    assert judge(pod(), old=dying, subresource="resize") is None
