"""Labels, exemptions, updates, namespaces: which pods are judged by what."""

from __future__ import annotations

import pytest

from kubegate.admission.pod_security.levels import Level, LevelVersion, Policy, namespace_policy
from kubegate.api.user import User

PREFIX = "pod-security.kubernetes.io/"
LEVELS = 'Invalid value: "x": must be one of privileged, baseline, restricted'
RESTRICTED, BASELINE = LevelVersion(Level.RESTRICTED), LevelVersion(Level.BASELINE)


def labels(**modes):
    return {PREFIX + mode.replace("_", "-"): value for mode, value in modes.items()}


def namespace(name="x", **modes):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels(**modes)}}


@pytest.mark.parametrize(
    ("modes", "policy"),
    [
        ({}, Policy()),
        ({"enforce": "baseline"}, Policy(BASELINE, warn=BASELINE)),
        ({"enforce": "baseline", "warn": "privileged"}, Policy(BASELINE)),
        ({"enforce": "baseline", "warn": "restricted"}, Policy(BASELINE, warn=RESTRICTED)),
        (
            {"enforce": "restricted", "enforce_version": "v1.20"},
            Policy(*[RESTRICTED._replace(minor=20)], warn=RESTRICTED._replace(minor=20)),
        ),
        ({"audit": "baseline", "audit_version": "v1.99"}, Policy(audit=BASELINE._replace(minor=99))),
    ],
)
def test_labels_make_the_policy(modes, policy):
    assert namespace_policy(labels(**modes), Policy()) == (policy, [])


def test_what_is_not_understood_fails_closed_only_where_it_enforces():
    policy, errors = namespace_policy(
        labels(enforce="x", audit="x", warn="x", enforce_version="1.2"), Policy(audit=BASELINE)
    )
    assert policy == Policy(RESTRICTED)
    assert [str(error) for error in errors] == [
        f"metadata.labels[{PREFIX}enforce]: {LEVELS}",
        'metadata.labels[pod-security.kubernetes.io/enforce-version]: Invalid value: "1.2": must be "latest" or "v1.x"',
        f"metadata.labels[{PREFIX}audit]: {LEVELS}",
        f"metadata.labels[{PREFIX}warn]: {LEVELS}",
    ]


class TestPods:
    @pytest.fixture
    def plugin(self, world):
        world.namespace("ns", labels=labels(enforce="baseline", audit="restricted", warn="restricted"))
        configuration = {"exemptions": {"usernames": ["robot"], "namespaces": ["free"], "runtimeClasses": ["vm"]}}
        world.namespace("free", labels=labels(enforce="restricted"))
        return world.build("PodSecurity", configuration)

    def test_enforce_refuses_and_then_does_not_warn(self, plugin, review, pod):
        asked = review(pod(hostPID=True))
        refusal = plugin.validate(asked)
        assert (
            refusal.message
            == 'pods "p" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostPID=true)'
        )
        assert asked.warnings == []
        assert asked.audit[PREFIX + "enforce-policy"] == "baseline:latest"

    def test_warn_and_audit_admit(self, plugin, review, pod):
        asked = review(pod())
        assert plugin.validate(asked) is None
        assert asked.warnings[0].startswith('would violate PodSecurity "restricted:latest": allowPrivilegeEscalation')
        assert asked.audit[PREFIX + "audit-violations"] == asked.warnings[0]

    @pytest.mark.parametrize(
        ("how", "spec", "why"),
        [
            ({"user": User.of("robot")}, {}, "user"),
            ({"namespace": "free"}, {}, "namespace"),
            ({}, {"runtimeClassName": "vm"}, "runtimeClass"),
        ],
    )
    def test_exemptions(self, plugin, review, pod, how, spec, why):
        asked = review(pod(hostPID=True, **spec), **how)
        assert plugin.validate(asked) is None
        assert asked.audit == {PREFIX + "exempt": why}

    def test_a_bad_label_counts_as_restricted(self, world, plugin, review, pod):
        world.namespace("ns", labels=labels(enforce="bogus"))
        asked = review(pod())
        assert 'violates PodSecurity "restricted:latest"' in plugin.validate(asked).message
        assert asked.audit[PREFIX + "error"].startswith("Failed to parse policy: metadata.labels")

    @pytest.mark.parametrize(
        ("change", "judged"),
        [
            ({"activeDeadlineSeconds": 5}, False),
            ({"containers": [{"name": "c", "image": "new"}]}, True),
            ({"initContainers": [{"name": "i"}]}, True),
            ({"ephemeralContainers": [{"name": "e"}]}, True),
        ],
    )
    def test_updates_that_bring_nothing_new_are_not_judged(self, plugin, review, pod, change, judged):
        asked = review(pod(hostPID=True, **change), old=pod(hostPID=True))
        assert (plugin.validate(asked) is not None) is judged

    @pytest.mark.parametrize(
        ("subresource", "judged"), [("status", False), ("ephemeralcontainers", True), ("unheard-of", True)]
    )
    def test_unknown_subresources_are_judged(self, plugin, review, pod, subresource, judged):
        new = pod(hostPID=True, ephemeralContainers=[{"name": "e"}])
        refusal = plugin.validate(review(new, old=pod(hostPID=True), subresource=subresource))
        assert (refusal is not None) is judged

    def test_controllers_are_warned_about_never_refused(self, plugin, review):
        template = {"spec": {"hostPID": True, "containers": [{"name": "c"}]}}
        obj = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {"template": template}}
        asked = review(obj)
        assert plugin.validate(asked) is None
        assert "host namespaces (hostPID=true)" in asked.warnings[0]
        assert PREFIX + "enforce-policy" not in asked.audit


class TestNamespaces:
    @pytest.fixture
    def plugin(self, world, pod):
        for name, fields in (("b", {}), ("a", {}), ("host", {"hostPID": True}), ("vm", {"runtimeClassName": "vm"})):
            obj = pod(name, **fields)
            obj["metadata"]["namespace"] = "x"
            world.add(obj)
        return world.build("PodSecurity", {"exemptions": {"runtimeClasses": ["vm"], "namespaces": ["free"]}})

    @pytest.mark.parametrize("old", [None, namespace()])
    def test_bad_labels_are_refused(self, plugin, review, old):
        refusal = plugin.validate(review(namespace(enforce="x"), old=old, namespace="x"))
        assert (refusal.code, refusal.reason) == (422, "Invalid")
        assert refusal.message.startswith('Namespace "x" is invalid: metadata.labels[')

    def test_but_not_when_they_were_there_before(self, plugin, review):
        assert plugin.validate(review(namespace(enforce="x"), old=namespace(enforce="x"), namespace="x")) is None

    def test_a_stricter_level_warns_about_the_pods_that_run(self, plugin, review):
        asked = review(namespace(enforce="restricted"), old=namespace(), namespace="x")
        assert plugin.validate(asked) is None
        rest = "allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile"
        assert asked.warnings == [
            'existing pods in namespace "x" violate the new PodSecurity enforce level "restricted:latest"',
            f"a (and 1 other pod): {rest}",
            f"host: host namespaces, {rest}",
        ]

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ({"enforce": "restricted"}, {"enforce": "baseline"}),
            ({"enforce": "restricted"}, {"enforce": "restricted", "warn": "baseline"}),
            ({"enforce": "restricted"}, {"enforce": "privileged", "enforce_version": "v1.0"}),
        ],
    )
    def test_a_relaxed_one_does_not(self, plugin, review, old, new):
        asked = review(namespace(**new), old=namespace(**old), namespace="x")
        plugin.validate(asked)
        assert asked.warnings == []

    def test_a_policy_on_an_exempt_namespace_has_no_effect(self, plugin, review):
        asked = review(namespace("free", enforce="restricted", audit="baseline"), namespace="free")
        plugin.validate(asked)
        assert asked.warnings == [
            'namespace "free" is exempt from Pod Security, and the policy '
            "(enforce=restricted:latest, audit=baseline:latest) will be ignored"
        ]
