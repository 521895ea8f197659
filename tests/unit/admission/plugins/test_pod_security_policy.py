"""PodSecurityPolicy: each strategy fills in and refuses, policies must be usable, and the best one is taken."""

from __future__ import annotations

import copy

import pytest

from kubegate.admission.pod_security_policy.definition import RESOURCE
from kubegate.admission.pod_security_policy.provider import check, fill_in, is_sound
from kubegate.api.user import User

ANY = {"rule": "RunAsAny"}
OPEN = {
    "privileged": True,
    "hostNetwork": True,
    "hostPID": True,
    "hostIPC": True,
    "hostPorts": [{"min": 0, "max": 65535}],
    "volumes": ["*"],
    "allowedCapabilities": ["*"],
    "allowedProcMountTypes": ["Default", "Unmasked"],
    "allowedUnsafeSysctls": ["*"],
    "runAsUser": ANY,
    "seLinux": ANY,
    "supplementalGroups": ANY,
    "fsGroup": ANY,
}
RANGE = [{"min": 10, "max": 20}]
ALICE = User.of("alice", ["system:authenticated"])
SECCOMP = "seccomp.security.alpha.kubernetes.io/"
APPARMOR = "apparmor.security.beta.kubernetes.io/"


def policy(name="p", annotations=None, **spec):
    meta = {"name": name, "annotations": annotations or {}}
    return {"apiVersion": "policy/v1beta1", "kind": "PodSecurityPolicy", "metadata": meta, "spec": {**OPEN, **spec}}


def pod(container=None, **spec):
    first = {"name": "c", "image": "i:1", **(container or {})}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "x", "namespace": "ns"},
        "spec": {"containers": [first], **spec},
    }


def secure(**context):
    return pod({"securityContext": context})


CASES = {
    "privileged": ({"privileged": False}, secure(privileged=True), "privileged: Invalid value: true: Privileged containers"),
    "hostNetwork": ({"hostNetwork": False}, pod(hostNetwork=True), "hostNetwork: Invalid value: true: Host network is not"),
    "hostPID": ({"hostPID": False}, pod(hostPID=True), "Host PID is not allowed to be used"),
    "hostIPC": ({"hostIPC": False}, pod(hostIPC=True), "Host IPC is not allowed to be used"),
    "hostPorts": (
        {"hostPorts": [{"min": 80, "max": 80}, {"min": 90, "max": 99}]},
        pod({"ports": [{"containerPort": 1, "hostPort": 100}]}),
        "hostPort: Invalid value: 100: Host port 100 is not allowed to be used. Allowed ports: [80,90-99]",
    ),
    "volumes": (
        {"volumes": ["secret"]},
        pod(volumes=[{"name": "v", "configMap": {"name": "c"}}]),
        'spec.volumes[0]: Invalid value: "configMap": configMap volumes are not allowed to be used',
    ),
    "hostPath": (
        {"allowedHostPaths": [{"pathPrefix": "/var/log"}]},
        pod(volumes=[{"name": "v", "hostPath": {"path": "/var/logs"}}]),
        'hostPath.pathPrefix: Invalid value: "/var/logs": is not allowed to be used',
    ),
    "hostPath read-only": (
        {"allowedHostPaths": [{"pathPrefix": "/var", "readOnly": True}]},
        pod({"volumeMounts": [{"name": "v", "mountPath": "/x"}]}, volumes=[{"name": "v", "hostPath": {"path": "/var/log"}}]),
        "spec.containers[0].volumeMounts[0].readOnly: Invalid value: false: must be read-only",
    ),
    "flexVolume": (
        {"allowedFlexVolumes": [{"driver": "a"}]},
        pod(volumes=[{"name": "v", "flexVolume": {"driver": "b"}}]),
        'spec.volumes[0].driver: Invalid value: "b": Flexvolume driver is not allowed to be used',
    ),
    "csi": (
        {"allowedCSIDrivers": [{"name": "a"}]},
        pod(volumes=[{"name": "v", "csi": {"driver": "b"}}]),
        'spec.volumes[0].csi.driver: Invalid value: "b": Inline CSI driver is not allowed to be used',
    ),
    "runAsUser": (
        {"runAsUser": {"rule": "MustRunAs", "ranges": RANGE}},
        secure(runAsUser=21),
        "runAsUser: Invalid value: 21: must be in the ranges: [{10 20}]",
    ),
    "root by user": (
        {"runAsUser": {"rule": "MustRunAsNonRoot"}},
        secure(runAsUser=0),
        "runAsUser: Invalid value: 0: running with the root UID is forbidden",
    ),
    "root by flag": (
        {"runAsUser": {"rule": "MustRunAsNonRoot"}},
        secure(runAsNonRoot=False),
        "runAsNonRoot: Invalid value: false: must be true",
    ),
    "runAsGroup": (
        {"runAsGroup": {"rule": "MayRunAs", "ranges": RANGE}},
        secure(runAsGroup=0),
        "spec.containers[0].securityContext: Invalid value: [0]: group 0 must be in the ranges: [{10 20}]",
    ),
    "fsGroup": (
        {"fsGroup": {"rule": "MustRunAs", "ranges": RANGE}},
        pod(securityContext={"fsGroup": 5}),
        "spec.securityContext.fsGroup: Invalid value: [5]: group 5 must be in the ranges: [{10 20}]",
    ),
    "no supplementalGroups": (
        {"supplementalGroups": {"rule": "MustRunAs", "ranges": RANGE}},
        pod(securityContext={"supplementalGroups": []}),
        "supplementalGroups: Invalid value: []: unable to validate empty groups against required ranges",
    ),
    "seLinux": (
        {"seLinux": {"rule": "MustRunAs", "seLinuxOptions": {"level": "s0:c1,c2", "user": "u"}}},
        secure(seLinuxOptions={"level": "s0:c2,c1", "user": "other"}),
        'spec.containers[0].securityContext.seLinuxOptions.user: Invalid value: "other": must be u',
    ),
    "capabilities": (
        {"allowedCapabilities": ["NET_ADMIN"]},
        secure(capabilities={"add": ["SYS_ADMIN"]}),
        'capabilities.add: Invalid value: "SYS_ADMIN": capability may not be added',
    ),
    "readOnlyRootFilesystem": (
        {"readOnlyRootFilesystem": True},
        secure(readOnlyRootFilesystem=False),
        "readOnlyRootFilesystem: Invalid value: false: ReadOnlyRootFilesystem must be set to true",
    ),
    "allowPrivilegeEscalation": (
        {"allowPrivilegeEscalation": False},
        secure(allowPrivilegeEscalation=True),
        "allowPrivilegeEscalation: Invalid value: true: Allowing privilege escalation for containers is not allowed",
    ),
    "procMount": (
        {"allowedProcMountTypes": []},
        secure(procMount="Unmasked"),
        'procMount: Invalid value: "Unmasked": ProcMountType is not allowed',
    ),
    "forbidden sysctl": (
        {"forbiddenSysctls": ["net.*"]},
        pod(securityContext={"sysctls": [{"name": "net.ipv4.tcp_syncookies", "value": "1"}]}),
        'pod.spec.securityContext.sysctls[0]: Forbidden: sysctl "net.ipv4.tcp_syncookies" is not allowed',
    ),
    "unsafe sysctl": (
        {"allowedUnsafeSysctls": ["kernel.msg*"]},
        pod(securityContext={"sysctls": [{"name": "kernel.sem", "value": "1"}]}),
        'Forbidden: unsafe sysctl "kernel.sem" is not allowed',
    ),
    "runtime class": (
        {"runtimeClass": {"allowedRuntimeClassNames": ["a"]}},
        pod(runtimeClassName="b"),
        'spec.runtimeClassName: Invalid value: "b"',
    ),
    "seccomp": (
        {},
        pod(securityContext={"seccompProfile": {"type": "Unconfined"}}),
        "Forbidden: seccomp may not be set",
    ),
}


@pytest.mark.parametrize(("spec", "given", "complaint"), CASES.values(), ids=CASES)
def test_each_rule_refuses(spec, given, complaint):
    strict, tried = policy(**spec), copy.deepcopy(given)
    fill_in(strict, tried)
    found = [str(error) for error in check(strict, tried)]
    assert any(complaint in text for text in found), found


@pytest.mark.parametrize("name", [name for name in CASES if name != "seccomp"])
def test_an_open_policy_allows_all_that(name):
    open_policy, tried = policy(), copy.deepcopy(CASES[name][1])
    fill_in(open_policy, tried)
    assert check(open_policy, tried) == []
    assert tried == CASES[name][1]


def test_profiles():
    annotations = {
        f"{SECCOMP}allowedProfileNames": "docker/default",
        f"{APPARMOR}allowedProfileNames": "runtime/default",
        f"{APPARMOR}defaultProfileName": "runtime/default",
        f"{SECCOMP}defaultProfileName": "runtime/default",
    }
    strict, tried = policy(annotations=annotations), pod()
    assert len(check(strict, tried)) == 3
    fill_in(strict, tried)
    assert check(strict, tried) == []
    assert tried["spec"]["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert tried["spec"]["containers"][0]["securityContext"]["appArmorProfile"] == {"type": "RuntimeDefault"}


FILLED = {
    "user": ({"runAsUser": {"rule": "MustRunAs", "ranges": RANGE}}, {"runAsUser": 10}),
    "non-root": ({"runAsUser": {"rule": "MustRunAsNonRoot"}}, {"runAsNonRoot": True}),
    "group": ({"runAsGroup": {"rule": "MustRunAs", "ranges": RANGE}}, {"runAsGroup": 10}),
    "capabilities": (
        {"defaultAddCapabilities": ["B", "A"], "requiredDropCapabilities": ["ALL"]},
        {"capabilities": {"add": ["A", "B"], "drop": ["ALL"]}},
    ),
    "read-only": ({"readOnlyRootFilesystem": True}, {"readOnlyRootFilesystem": True}),
    "no escalation": ({"allowPrivilegeEscalation": False}, {"allowPrivilegeEscalation": False}),
    "default escalation": ({"defaultAllowPrivilegeEscalation": True}, {"allowPrivilegeEscalation": True}),
}


@pytest.mark.parametrize(("spec", "context"), FILLED.values(), ids=FILLED)
def test_each_rule_fills_in(spec, context):
    tried = pod()
    fill_in(policy(**spec), tried)
    assert tried["spec"]["containers"][0]["securityContext"] == context
    assert check(policy(**spec), tried) == []


def test_the_pod_is_filled_in():
    spec = {
        "fsGroup": {"rule": "MustRunAs", "ranges": RANGE},
        "supplementalGroups": {"rule": "MustRunAs", "ranges": RANGE},
        "seLinux": {"rule": "MustRunAs", "seLinuxOptions": {"level": "s0"}},
        "runtimeClass": {"defaultRuntimeClassName": "r", "allowedRuntimeClassNames": ["r"]},
    }
    tried = pod()
    fill_in(policy(**spec), tried)
    assert tried["spec"]["securityContext"] == {
        "fsGroup": 10,
        "supplementalGroups": [10],
        "seLinuxOptions": {"level": "s0"},
    }
    assert tried["spec"]["runtimeClassName"] == "r"


def test_what_the_pod_says_holds_for_its_containers():
    tried = pod(securityContext={"runAsUser": 15})
    fill_in(policy(runAsUser={"rule": "MustRunAs", "ranges": RANGE}), tried)
    assert "securityContext" not in tried["spec"]["containers"][0]


def test_the_token_volume_needs_no_projected_volumes():
    field = {"apiVersion": "v1", "fieldPath": "metadata.namespace"}
    sources = [
        {"serviceAccountToken": {"path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt"}},
        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": field}]}},
    ]
    token = pod(volumes=[{"name": "v", "projected": {"sources": sources}}])
    assert check(policy(volumes=["secret"]), token) == []
    assert check(policy(volumes=["configMap"]), token) != []
    more = (
        {"secret": {"name": "s"}},
        {"serviceAccountToken": {"path": "token", "audience": "vault"}},
        {"configMap": {"name": "other"}},
        {"downwardAPI": {"items": [{"path": "labels", "fieldRef": {**field, "fieldPath": "metadata.labels"}}]}},
    )
    for source in more:
        other = pod(volumes=[{"name": "v", "projected": {"sources": [*sources, source]}}])
        assert check(policy(volumes=["secret"]), other) != []


def test_safe_sysctls_need_no_permission():
    names = ("kernel.shm_rmid_forced", "net.ipv4.ip_unprivileged_port_start")
    safe = pod(securityContext={"sysctls": [{"name": name, "value": "1"} for name in names]})
    assert check(policy(allowedUnsafeSysctls=[]), safe) == []


@pytest.mark.parametrize(
    "strategy",
    [
        {"runAsUser": {"rule": "MustRunAs"}},
        {"fsGroup": {"rule": "MayRunAs", "ranges": []}},
        {"seLinux": {"rule": "MustRunAs"}},
        {"runAsUser": {"rule": "MayRunAs", "ranges": RANGE}},
    ],
)
def test_a_strategy_that_cannot_be_applied_spoils_the_policy(strategy):
    assert is_sound(policy())
    assert not is_sound(policy(**strategy))


@pytest.fixture
def make_review(review):
    """A maker of reviews, under a name that leaves ``review`` to the tests."""
    return review


class TestPlugin:
    @pytest.fixture
    def plugin(self, world):
        return world.build("PodSecurityPolicy")

    def use(self, world, *policies, by="*"):
        for found in policies:
            world.cluster.put(RESOURCE, found)
        world.authorizer.grants |= {("use", "podsecuritypolicies", by)}

    def test_without_policies_nothing_is_admitted(self, plugin, make_review):
        refusal = plugin.mutate(make_review(pod(), user=ALICE))
        text = 'pods "x" is forbidden: PodSecurityPolicy: no providers available to validate pod request'
        assert refusal.message == text
        assert plugin.validate(make_review(pod(), user=ALICE)).message == text

    def test_with_policies_of_others_only_no_reason_is_told(self, world, plugin, make_review):
        world.cluster.put(RESOURCE, policy())
        refusal = plugin.mutate(make_review(pod(), user=ALICE))
        assert refusal.message == 'pods "x" is forbidden: PodSecurityPolicy: unable to admit pod: []'

    def test_a_policy_must_be_usable(self, world, plugin, make_review):
        self.use(world, policy("mine", hostNetwork=False), policy("theirs"), by="mine")
        refusal = plugin.mutate(make_review(pod(hostNetwork=True), user=ALICE))
        assert "[spec.securityContext.hostNetwork: Invalid value: true: Host network is not" in refusal.message

    def test_the_service_account_may_use_it_instead(self, world, plugin, make_review):
        world.cluster.put(RESOURCE, policy())
        asked = []

        def authorize(attributes):
            asked.append((attributes.user.name, attributes.group, attributes.namespace))
            return Allowed(attributes.user.name == "system:serviceaccount:ns:robot")

        world.authorizer.authorize = authorize
        assert plugin.mutate(make_review(pod(serviceAccountName="robot"), user=ALICE)) is None
        assert asked == [
            ("alice", "policy", "ns"),
            ("alice", "extensions", "ns"),
            ("system:serviceaccount:ns:robot", "policy", "ns"),
        ]

    def test_one_that_changes_nothing_is_preferred(self, world, plugin, make_review):
        self.use(world, policy("a", readOnlyRootFilesystem=True), policy("b"))
        review = make_review(pod(), user=ALICE)
        assert plugin.mutate(review) is None
        assert review.object["metadata"]["annotations"] == {"kubernetes.io/psp": "b"}
        assert review.audit == {"podsecuritypolicy.policy.k8s.io/admit-policy": "b"}

    def test_else_the_first_by_name_that_admits(self, world, plugin, make_review):
        changes = {"readOnlyRootFilesystem": True}
        self.use(world, policy("a", hostPID=False, **changes), policy("c", **changes), policy("b", **changes))
        review = make_review(pod(hostPID=True), user=ALICE)
        assert plugin.mutate(review) is None
        assert review.object["metadata"]["annotations"] == {"kubernetes.io/psp": "b"}
        assert review.object["spec"]["containers"][0]["securityContext"] == {"readOnlyRootFilesystem": True}

    def test_a_refused_pod_is_not_changed(self, world, plugin, make_review):
        self.use(world, policy(readOnlyRootFilesystem=True, hostPID=False))
        review = make_review(pod(hostPID=True), user=ALICE)
        assert plugin.mutate(review) is not None
        assert review.object == pod(hostPID=True)

    def test_what_later_plugins_did_must_pass_as_it_is(self, world, plugin, make_review):
        self.use(world, policy(readOnlyRootFilesystem=True))
        refusal = plugin.validate(make_review(pod(), user=ALICE))
        assert refusal.message == 'pods "x" is forbidden: PodSecurityPolicy: unable to validate pod: []'
        review = make_review(secure(readOnlyRootFilesystem=True), user=ALICE)
        assert plugin.validate(review) is None
        assert review.audit == {"podsecuritypolicy.policy.k8s.io/validate-policy": "p"}

    def test_the_policy_that_admitted_is_tried_first(self, world, plugin, make_review):
        self.use(world, policy("a"), policy("b"))
        admitted = pod()
        admitted["metadata"]["annotations"] = {"kubernetes.io/psp": "b"}
        review = make_review(admitted, user=ALICE)
        assert plugin.validate(review) is None
        assert review.audit["podsecuritypolicy.policy.k8s.io/validate-policy"] == "b"

    def test_updates_are_judged_but_for_finalizers(self, world, plugin, make_review):
        self.use(world, policy(hostPID=False))
        old = pod(hostPID=True)
        old["metadata"]["finalizers"] = ["x"]
        changed = make_review(pod(hostPID=True), old=old, user=ALICE)
        assert plugin.validate(changed) is None
        labelled = copy.deepcopy(old)
        labelled["metadata"]["labels"] = {"a": "b"}
        assert plugin.validate(make_review(labelled, old=old, user=ALICE)) is not None

    def test_ephemeral_containers_are_judged(self, world, plugin, make_review):
        self.use(world, policy(privileged=False))
        worse = pod(ephemeralContainers=[{"name": "e", "image": "i", "securityContext": {"privileged": True}}])
        review = make_review(worse, old=pod(), subresource="ephemeralcontainers", user=ALICE)
        assert "spec.ephemeralContainers[0].securityContext.privileged" in plugin.mutate(review).message
        assert "spec.ephemeralContainers[0].securityContext.privileged" in plugin.validate(review).message

    def test_other_objects_are_none_of_its_business(self, plugin, make_review):
        other = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": "ns"}}
        assert plugin.mutate(make_review(other, user=ALICE)) is None
        assert plugin.validate(make_review(other, user=ALICE)) is None


class Allowed:
    def __init__(self, allowed):
        self.allowed = allowed
