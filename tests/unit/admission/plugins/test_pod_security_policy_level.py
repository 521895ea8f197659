"""The Pod Security level that a PodSecurityPolicy amounts to."""

from __future__ import annotations

import copy

import pytest

from kubegate.admission.pod_security.evaluator import violations
from kubegate.admission.pod_security.levels import Level, LevelVersion
from kubegate.admission.pod_security_policy.level import amounts_to
from kubegate.admission.pod_security_policy.provider import check, fill_in

SECCOMP = "seccomp.security.alpha.kubernetes.io/"
APPARMOR = "apparmor.security.beta.kubernetes.io/"
ANY = {"rule": "RunAsAny"}

BASELINE = {
    "metadata": {"name": "p", "annotations": {f"{APPARMOR}allowedProfileNames": "runtime/default"}},
    "spec": {
        "volumes": ["configMap", "nfs", "secret"],
        "allowedCapabilities": ["CHOWN"],
        "seLinux": {"rule": "MustRunAs", "seLinuxOptions": {"level": "s0"}},
        "runAsUser": ANY,
        "fsGroup": ANY,
        "supplementalGroups": ANY,
    },
}
RESTRICTED = {
    "metadata": {
        "name": "p",
        "annotations": {
            f"{APPARMOR}allowedProfileNames": "runtime/default",
            f"{APPARMOR}defaultProfileName": "runtime/default",
            f"{SECCOMP}allowedProfileNames": "runtime/default,docker/default",
            f"{SECCOMP}defaultProfileName": "runtime/default",
        },
    },
    "spec": {
        **BASELINE["spec"],
        "volumes": ["configMap", "secret"],
        "allowedCapabilities": ["NET_BIND_SERVICE"],
        "requiredDropCapabilities": ["ALL"],
        "allowPrivilegeEscalation": False,
        "runAsUser": {"rule": "MustRunAsNonRoot"},
    },
}


def changed(policy, **spec):
    made = copy.deepcopy(policy)
    made["spec"] |= spec
    return made


def test_the_levels():
    assert amounts_to(RESTRICTED) == (Level.RESTRICTED, [])
    level, fields = amounts_to(BASELINE)
    assert level == Level.BASELINE
    assert fields == [
        "volumes",
        "allowPrivilegeEscalation",
        "runAsUser",
        "requiredDropCapabilities",
        "allowedCapabilities",
        f"metadata.annotations[{SECCOMP}defaultProfileName]",
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("privileged", True),
        ("hostNetwork", True),
        ("hostPID", True),
        ("hostIPC", True),
        ("hostPorts", [{"min": 1, "max": 2}]),
        ("volumes", ["*"]),
        ("volumes", ["hostPath"]),
        ("allowedCapabilities", ["*"]),
        ("defaultAddCapabilities", ["SYS_ADMIN"]),
        ("allowedProcMountTypes", ["Unmasked"]),
        ("allowedUnsafeSysctls", ["kernel.*"]),
        ("seLinux", ANY),
        ("seLinux", {"rule": "MustRunAs", "seLinuxOptions": {"type": "spc_t"}}),
    ],
)
def test_what_makes_it_privileged(field, value):
    assert amounts_to(changed(RESTRICTED, **{field: value})) == (Level.PRIVILEGED, [field])


@pytest.mark.parametrize("key", [f"{SECCOMP}allowedProfileNames", f"{APPARMOR}allowedProfileNames"])
@pytest.mark.parametrize("profiles", ["*", "runtime/default,unconfined"])
def test_profiles_that_confine_nothing(key, profiles):
    policy = copy.deepcopy(RESTRICTED)
    policy["metadata"]["annotations"][key] = profiles
    assert amounts_to(policy) == (Level.PRIVILEGED, [f"metadata.annotations[{key}]"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("volumes", ["nfs"]),
        ("allowPrivilegeEscalation", None),
        ("runAsUser", ANY),
        ("requiredDropCapabilities", ["CHOWN"]),
        ("defaultAddCapabilities", ["CHOWN"]),
    ],
)
def test_what_makes_it_baseline(field, value):
    assert amounts_to(changed(RESTRICTED, **{field: value})) == (Level.BASELINE, [field])


def test_what_the_restricted_policy_makes_of_a_plain_pod_is_restricted():
    pod = {"metadata": {"name": "x"}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    fill_in(RESTRICTED, pod)
    assert check(RESTRICTED, pod) == []
    assert violations(LevelVersion(Level.RESTRICTED), pod["metadata"], pod["spec"]) == []
