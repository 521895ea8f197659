"""Every check: what violates it, in which releases, in which words."""

from __future__ import annotations

import pytest

from kubegate.admission.pod_security.evaluator import CHECKS, NEWEST, reasons, summary, violations
from kubegate.admission.pod_security.levels import Level, LevelVersion

GOOD_CONTEXT = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def good(**changes):
    """A pod that restricted admits, with changes to its container's security context."""
    return {"containers": [{"name": "c", "securityContext": {**GOOD_CONTEXT, **changes}}]}


def said(spec, level=Level.RESTRICTED, minor=None, annotations=None):
    return summary(violations(LevelVersion(level, minor), {"annotations": annotations or {}}, spec))


def test_a_good_pod_has_no_violations_in_any_release():
    for minor in (None, *range(NEWEST + 3)):
        assert said(good(), minor=minor) == ""


def test_privileged_judges_nothing():
    assert violations(LevelVersion(), {}, {"hostNetwork": True}) == []


BASELINE = [
    (
        {"hostNetwork": True, "hostPID": True, "hostIPC": True},
        "host namespaces (hostNetwork=true, hostPID=true, hostIPC=true)",
    ),
    ({"volumes": [{"name": "v", "hostPath": {}}]}, 'hostPath volumes (volume "v")'),
    (
        {"containers": [{"name": "c", "ports": [{"hostPort": 20}, {"hostPort": 3}, {"hostPort": 0}]}]},
        'hostPort (container "c" uses hostPorts 20, 3)',
    ),
    (
        {"containers": [{"name": "c", "livenessProbe": {"httpGet": {"host": "h"}}}]},
        'probe or lifecycle host (container "c" uses probe or lifecycle host "h")',
    ),
    (
        {"containers": [{"name": "c", "lifecycle": {"preStop": {"tcpSocket": {"host": "h"}}}}]},
        'probe or lifecycle host (container "c" uses probe or lifecycle host "h")',
    ),
    (
        {"containers": [{"name": "c", "securityContext": {"privileged": True}}]},
        'privileged (container "c" must not set securityContext.privileged=true)',
    ),
    (
        {"containers": [{"name": "c", "securityContext": {"procMount": "Unmasked"}}]},
        'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
    ),
    (
        {"containers": [{"name": "c", "securityContext": {"capabilities": {"add": ["SYS_ADMIN", "NET_RAW", "KILL"]}}}]},
        'non-default capabilities (container "c" must not include "NET_RAW", "SYS_ADMIN" '
        "in securityContext.capabilities.add)",
    ),
    (
        {"securityContext": {"seLinuxOptions": {"type": "x", "user": "u", "role": "r"}}},
        'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "x"; '
        "user may not be set; role may not be set)",
    ),
    (
        {"securityContext": {"seccompProfile": {"type": "Unconfined"}}},
        'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
    ),
    ({"securityContext": {"sysctls": [{"name": "kernel.msgmax"}]}}, "forbidden sysctls (kernel.msgmax)"),
    (
        {"securityContext": {"windowsOptions": {"hostProcess": True}}},
        "hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)",
    ),
    (
        {"securityContext": {"appArmorProfile": {"type": "Unconfined"}}},
        'forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined")',
    ),
]


@pytest.mark.parametrize(("spec", "message"), BASELINE)
def test_baseline(spec, message):
    assert said(spec, Level.BASELINE) == message


@pytest.mark.parametrize("field", ["initContainers", "containers", "ephemeralContainers"])
def test_all_containers_count(field):
    spec = {field: [{"name": "x", "securityContext": {"privileged": True}}]}
    assert said(spec, Level.BASELINE) == 'privileged (container "x" must not set securityContext.privileged=true)'


RESTRICTED = [
    (
        {"allowPrivilegeEscalation": None},
        'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false)',
    ),
    ({"capabilities": {}}, 'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"])'),
    (
        {"capabilities": {"drop": ["ALL"], "add": ["KILL", "NET_BIND_SERVICE"]}},
        'unrestricted capabilities (container "c" must not include "KILL" in securityContext.capabilities.add)',
    ),
    ({"runAsNonRoot": False}, 'runAsNonRoot != true (container "c" must not set securityContext.runAsNonRoot=false)'),
    ({"runAsNonRoot": None}, 'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)'),
    ({"runAsUser": 0}, 'runAsUser=0 (container "c" must not set runAsUser=0)'),
    (
        {"seccompProfile": None},
        'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type '
        'to "RuntimeDefault" or "Localhost")',
    ),
]


@pytest.mark.parametrize(("context", "message"), RESTRICTED)
def test_restricted(context, message):
    assert said(good(**context)) == message


@pytest.mark.parametrize("field", ["runAsNonRoot", "seccompProfile"])
def test_what_the_pod_sets_holds_for_its_containers(field):
    spec = good(**{field: None})
    spec["securityContext"] = {field: GOOD_CONTEXT[field]}
    assert said(spec) == ""


def test_restricted_volumes_replace_host_path():
    spec = good() | {"volumes": [{"name": "a", "hostPath": {}}, {"name": "b", "nfs": {}}, {"name": "c", "image": {}}]}
    assert said(spec) == 'restricted volume types (volumes "a", "b" use restricted volume types "hostPath", "nfs")'


# (what, spec, level, last release in which it is judged one way, expected before, expected after)
CHANGES = [
    ("probe hosts", BASELINE[3][0], 33, False, True),
    ("container_engine_t", {"securityContext": {"seLinuxOptions": {"type": "container_engine_t"}}}, 30, True, False),
    ("reserved ports", {"securityContext": {"sysctls": [{"name": "net.ipv4.ip_local_reserved_ports"}]}}, 26, True, False),
    ("keepalive", {"securityContext": {"sysctls": [{"name": "net.ipv4.tcp_keepalive_time"}]}}, 28, True, False),
    ("tcp memory", {"securityContext": {"sysctls": [{"name": "net.ipv4.tcp_rmem"}]}}, 31, True, False),
    ("seccomp field", BASELINE[9][0], 18, False, True),
    ("procMount with users", {"hostUsers": False, **BASELINE[6][0]}, 34, True, False),
    ("escalation", good(allowPrivilegeEscalation=True), 7, False, True),
    ("drop all", good(capabilities={}), 21, False, True),
    ("run as root", good(runAsUser=0), 22, False, True),
    ("seccomp required", good(seccompProfile=None), 18, False, True),
    ("root in a user namespace", good(runAsUser=0) | {"hostUsers": False}, 34, True, False),
    ("escalation on Windows", good(allowPrivilegeEscalation=True) | {"os": {"name": "windows"}}, 24, True, False),
]


@pytest.mark.parametrize(("what", "spec", "last", "before", "after"), CHANGES, ids=[change[0] for change in CHANGES])
def test_checks_change_with_releases(what, spec, last, before, after):
    level = (
        Level.RESTRICTED
        if "securityContext" in spec.get("containers", [{}])[0] and "procMount" not in what
        else Level.BASELINE
    )
    assert bool(said(spec, level, last)) is before
    assert bool(said(spec, level, last + 1)) is after


def test_user_namespaces_do_not_relax_proc_mount_in_restricted():
    assert "procMount" in said(good(procMount="Unmasked") | {"hostUsers": False}, minor=35)


def test_annotations_count():
    spec = {"containers": [{"name": "c"}]}
    apparmor = {"container.apparmor.security.beta.kubernetes.io/c": "unconfined"}
    seccomp = {"seccomp.security.alpha.kubernetes.io/pod": "unconfined"}
    assert "forbidden AppArmor profile (annotation must not" in said(spec, Level.BASELINE, annotations=apparmor)
    assert "seccompProfile (forbidden annotation" in said(spec, Level.BASELINE, 18, annotations=seccomp)
    assert said(spec, Level.BASELINE, 19, annotations=seccomp) == ""


def test_violations_are_ordered_baseline_first_each_by_name():
    found = violations(LevelVersion(Level.RESTRICTED), {}, {"hostPID": True, "containers": [{"name": "c"}]})
    assert reasons(found) == (
        "host namespaces, allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile"
    )


def test_later_releases_mean_the_newest():
    spec = {"containers": [{"name": "c"}]}
    assert said(spec, minor=99) == said(spec)


def test_ids_are_unique_and_overrides_exist():
    ids = [check.id for check in CHECKS]
    assert len(ids) == len(set(ids))
    assert {other for check in CHECKS for other in check.overrides} <= set(ids)
