"""``pods/resize``: what of a running pod may change, and what may not."""

import pytest
from support import create, merged, update

WHERE = "v1/pods"


def container(name: str = "c", cpu: str = "1", **more: object) -> dict:
    return {"name": name, "image": "i", "resources": {"requests": {"cpu": cpu}, "limits": {"cpu": "4"}}, **more}


def pod(*containers: dict, init: tuple[dict, ...] = (), **spec: object) -> dict:
    obj, errors = create(WHERE, {"spec": {"containers": list(containers), "initContainers": list(init), **spec}})
    assert errors == []
    return obj


def resized(old: dict, **spec: object) -> list[str]:
    return update(WHERE, old, {"spec": spec}, "resize")[1]


MUTABLE = "spec: Forbidden: only cpu and memory resources are mutable"
GONE = "spec.containers[0].resources.{0}: Forbidden: resource {0} cannot be removed"


@pytest.mark.parametrize(
    ("resources", "wrong"),
    [
        ({"requests": {"cpu": "2"}, "limits": {"cpu": "3"}}, []),
        ({"requests": {"cpu": "2", "memory": "1Gi"}, "limits": {"cpu": "4"}}, []),
        ({"requests": {"cpu": "2", "ephemeral-storage": "1"}, "limits": {"cpu": "4"}}, [MUTABLE]),
        ({"requests": {"cpu": "1"}}, [GONE.format("limits")]),
    ],
    ids=str,
)
def test_cpu_and_memory_change_and_nothing_goes(resources, wrong):
    assert resized(pod(container()), containers=[{**container(), "resources": resources}]) == wrong


def test_requests_without_limits_do_not_go_either():
    only = {"requests": {"cpu": "1", "memory": "1Gi"}}
    fewer = {"requests": {"memory": "1Gi"}}
    old = pod({**container(), "resources": only})
    assert resized(old, containers=[{**container(), "resources": fewer}]) == [GONE.format("requests")]
    whole = pod({"name": "c", "image": "i"}, resources=only)
    assert update(WHERE, whole, {"spec": {"resources": {"requests": {"cpu": None}}}}, "resize")[1] == [
        "spec.resources.requests: Forbidden: pod-level resource requests cannot be removed"
    ]


def test_what_else_is_said_of_a_container_is_not_heard():
    assert resized(pod(container()), containers=[container(cpu="2", image="other", command=["x"])]) == []


@pytest.mark.parametrize(
    ("names", "wrong"),
    [
        (["b", "a"], ["containers[0].name", "containers[1].name"]),
        (["a", "c"], ["containers[1].name"]),
    ],
)
def test_containers_keep_their_names_and_places(names, wrong):
    text = "Forbidden: containers may not be renamed or reordered on resize"
    old = pod(container("a"), container("b"))
    assert resized(old, containers=[container(name) for name in names]) == [f"spec.{place}: {text}" for place in wrong]


@pytest.mark.parametrize("names", [["a"], ["a", "b", "c"]])
def test_containers_neither_come_nor_go(names):
    old = pod(container("a"), container("b"), init=(container("i"),))
    text = "Forbidden: {0} may not be added or removed on resize"
    assert resized(old, containers=[container(name) for name in names]) == [f"spec.containers: {text.format('containers')}"]
    assert resized(old, initContainers=[]) == [f"spec.initContainers: {text.format('initContainers')}"]


RESTART = [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]
INIT = "spec.initContainers[0]: Forbidden: "


@pytest.mark.parametrize(
    ("more", "change", "wrong"),
    [
        ({}, {"cpu": "2"}, []),
        ({"restartPolicy": "Always"}, {"cpu": "2"}, []),
        ({"restartPolicy": "Always", "resizePolicy": RESTART}, {"cpu": "2"}, []),
        ({}, {"cpu": "1"}, []),
        (
            {},
            {"cpu": "2", "ephemeral-storage": "1"},
            ["only cpu and memory resources for init or sidecar containers are mutable"],
        ),
    ],
    ids=str,
)
def test_init_containers(more, change, wrong):
    first = container("i", **more)
    other = merged(first, {"resources": {"requests": change}})
    assert resized(pod(container(), init=(first,)), initContainers=[other]) == [INIT + text for text in wrong]


@pytest.mark.parametrize(
    ("resources", "wrong"),
    [
        ({"requests": {"cpu": "3"}}, []),
        (None, ["spec.resources: Forbidden: pod-level resources cannot be removed"]),
        (
            {"requests": {"hugepages-2Mi": "2Mi"}, "limits": {"hugepages-2Mi": "2Mi"}},
            ["spec: Forbidden: only cpu and memory resources are mutable at pod-level"],
        ),
    ],
    ids=str,
)
def test_what_the_pod_as_a_whole_asks_for(resources, wrong):
    old = pod(container(), resources={"requests": {"cpu": "2"}, "limits": {"cpu": "4"}})
    assert resized(old, resources=resources) == wrong


def test_pods_with_devices_that_take_of_the_node_stay():
    old = {**pod(container()), "status": {"nodeAllocatableResourceClaimStatuses": [{}]}}
    assert resized(old, containers=[container(cpu="2")]) == [
        "spec: Forbidden: pods with node allocatable resource claims cannot be resized"
    ]
