"""One policy put to a pod: first what it fills in, then what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubegate.admission.pod_security_policy.capabilities import check_capabilities, filled_in
from kubegate.admission.pod_security_policy.context import effective, pod_context, rule_of, settle
from kubegate.admission.pod_security_policy.ids import (
    check_groups,
    check_selinux,
    check_user,
    first_id,
    ranges_of,
    selinux_of,
)
from kubegate.admission.pod_security_policy.profiles import (
    check_apparmor,
    check_seccomp,
    default_apparmor,
    default_seccomp,
)
from kubegate.admission.pod_security_policy.volumes import check_volumes
from kubegate.admission.pods import containers_with_path
from kubegate.api.field_errors import FieldError, forbidden, invalid
from kubegate.api.go import quote

Settings = dict[str, Any]

SAFE_SYSCTLS = frozenset(
    {
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range",
        "net.ipv4.ip_unprivileged_port_start",
    }
)
_GROUP_RULES = ("RunAsAny", "MayRunAs", "MustRunAs")
_RULES = {
    "runAsUser": ("RunAsAny", "MustRunAs", "MustRunAsNonRoot"),
    "seLinux": ("RunAsAny", "MustRunAs"),
    **dict.fromkeys(("runAsGroup", "fsGroup", "supplementalGroups"), _GROUP_RULES),
}
_HOST = (("hostNetwork", "Host network"), ("hostPID", "Host PID"), ("hostIPC", "Host IPC"))


def is_sound(policy: Settings) -> bool:
    """Whether its strategies can be applied; a policy of which they cannot is passed over."""
    spec = policy.get("spec") or {}
    rules = {field: rule_of(spec.get(field)) for field in _RULES}
    ranged = (field for field, rule in rules.items() if rule in ("MustRunAs", "MayRunAs") and field != "seLinux")
    return (
        all(rule in _RULES[field] for field, rule in rules.items())
        and all(ranges_of(spec[field]) for field in ranged)
        and (rules["seLinux"] != "MustRunAs" or spec["seLinux"].get("seLinuxOptions") is not None)
    )


def fill_in(policy: Settings, pod: Settings) -> None:
    """Set what the policy defaults and the pod leaves open, in place."""
    spec, target, context = policy.get("spec") or {}, pod["spec"], pod_context(pod)
    group = first_id(spec.get("supplementalGroups"))
    if context.get("supplementalGroups") is None and group is not None:
        settle(target, "supplementalGroups", [group])
    if context.get("fsGroup") is None:
        settle(target, "fsGroup", first_id(spec.get("fsGroup")))
    if context.get("seLinuxOptions") is None:
        settle(target, "seLinuxOptions", selinux_of(spec.get("seLinux")))
    default_seccomp(policy, pod)
    runtime = (spec.get("runtimeClass") or {}).get("defaultRuntimeClassName")
    if runtime and not target.get("runtimeClassName"):
        target["runtimeClassName"] = runtime
    for _, container in containers_with_path(target):
        _fill_in_container(policy, pod, container)


def _fill_in_container(policy: Settings, pod: Settings, container: Settings) -> None:
    spec = policy.get("spec") or {}
    if effective(pod, container, "runAsUser") is None:
        settle(container, "runAsUser", first_id(spec.get("runAsUser")))
    if effective(pod, container, "runAsGroup") is None:
        settle(container, "runAsGroup", first_id(spec.get("runAsGroup")))
    if effective(pod, container, "seLinuxOptions") is None:
        settle(container, "seLinuxOptions", selinux_of(spec.get("seLinux")))
    default_apparmor(policy, pod, container)
    unsaid = effective(pod, container, "runAsNonRoot") is None and effective(pod, container, "runAsUser") is None
    if unsaid and rule_of(spec.get("runAsUser")) == "MustRunAsNonRoot":
        settle(container, "runAsNonRoot", True)
    settle(container, "capabilities", filled_in(spec, effective(pod, container, "capabilities")))
    if spec.get("readOnlyRootFilesystem") and effective(pod, container, "readOnlyRootFilesystem") is None:
        settle(container, "readOnlyRootFilesystem", True)
    if effective(pod, container, "allowPrivilegeEscalation") is None:
        default = spec.get("defaultAllowPrivilegeEscalation")
        settle(container, "allowPrivilegeEscalation", default)
        if default is None and spec.get("allowPrivilegeEscalation") is False:
            settle(container, "allowPrivilegeEscalation", False)


def check(policy: Settings, pod: Settings) -> list[FieldError]:
    """Everything that the policy refuses of a pod."""
    return list(_check_pod(policy, pod))


def _check_pod(policy: Settings, pod: Settings) -> Iterator[FieldError]:
    spec, target, context = policy.get("spec") or {}, pod["spec"], pod_context(pod)
    path, group = "spec.securityContext", context.get("fsGroup")
    yield from check_groups(f"{path}.fsGroup", spec.get("fsGroup"), [] if group is None else [group])
    groups = context.get("supplementalGroups") or []
    yield from check_groups(f"{path}.supplementalGroups", spec.get("supplementalGroups"), groups)
    yield from check_seccomp(policy, pod, None)
    yield from check_selinux(f"{path}.seLinuxOptions", spec.get("seLinux"), context.get("seLinuxOptions"))
    for field, title in _HOST:
        if target.get(field) and not spec.get(field):
            yield invalid(f"{path}.{field}", True, f"{title} is not allowed to be used")
    yield from _check_sysctls(spec, context)
    yield from check_volumes(policy, pod)
    runtime, classes = target.get("runtimeClassName"), spec.get("runtimeClass")
    names = (classes or {}).get("allowedRuntimeClassNames") or ()
    if runtime and classes is not None and "*" not in names and runtime not in names:
        yield invalid("spec.runtimeClassName", runtime, "")
    for where, container in containers_with_path(target):
        yield from _check_container(policy, pod, container, where)


def _check_sysctls(spec: Settings, context: Settings) -> Iterator[FieldError]:
    for index, sysctl in enumerate(context.get("sysctls") or ()):
        name, path = sysctl.get("name") or "", f"pod.spec.securityContext.sysctls[{index}]"
        if _matches(name, spec.get("forbiddenSysctls") or ()):
            yield forbidden(path, f"sysctl {quote(name)} is not allowed")
        elif name not in SAFE_SYSCTLS and not _matches(name, spec.get("allowedUnsafeSysctls") or ()):
            yield forbidden(path, f"unsafe sysctl {quote(name)} is not allowed")


def _matches(name: str, patterns: list[str] | tuple[str, ...]) -> bool:
    return any(name.startswith(p[:-1]) if p.endswith("*") else name == p for p in patterns)


def _check_container(policy: Settings, pod: Settings, container: Settings, where: str) -> Iterator[FieldError]:
    spec, path = policy.get("spec") or {}, f"{where}.securityContext"

    def of(field: str) -> Any:
        return effective(pod, container, field)

    yield from check_user(path, spec.get("runAsUser"), of("runAsUser"), of("runAsNonRoot"))
    group = of("runAsGroup")
    yield from check_groups(path, spec.get("runAsGroup"), [] if group is None else [group])
    yield from check_selinux(f"{path}.seLinuxOptions", spec.get("seLinux"), of("seLinuxOptions"))
    yield from check_apparmor(policy, pod, container)
    yield from check_seccomp(policy, pod, container)
    if of("privileged") and not spec.get("privileged"):
        yield invalid(f"{path}.privileged", True, "Privileged containers are not allowed")
    mount = of("procMount") or "Default"
    if mount not in (spec.get("allowedProcMountTypes") or ("Default",)):
        yield invalid(f"{path}.procMount", mount, "ProcMountType is not allowed")
    yield from check_capabilities(f"{path}.capabilities", spec, of("capabilities"))
    yield from _check_ports(spec, container, where)
    if spec.get("readOnlyRootFilesystem") and not of("readOnlyRootFilesystem"):
        unset = of("readOnlyRootFilesystem") is None
        said = "ReadOnlyRootFilesystem may not be nil and must be set to true" if unset else _MUST_BE_READ_ONLY
        yield invalid(f"{path}.readOnlyRootFilesystem", of("readOnlyRootFilesystem"), said)
    escalation = of("allowPrivilegeEscalation")
    if spec.get("allowPrivilegeEscalation") is False and escalation is not False:
        text = "Allowing privilege escalation for containers is not allowed"
        yield invalid(f"{path}.allowPrivilegeEscalation", escalation, text)


_MUST_BE_READ_ONLY = "ReadOnlyRootFilesystem must be set to true"


def _check_ports(spec: Settings, container: Settings, where: str) -> Iterator[FieldError]:
    ranges = [(r.get("min") or 0, r.get("max") or 0) for r in spec.get("hostPorts") or ()]
    shown = ",".join(str(low) if low == high else f"{low}-{high}" for low, high in ranges)
    for port in container.get("ports") or ():
        number = port.get("hostPort") or 0
        if number > 0 and not any(low <= number <= high for low, high in ranges):
            text = f"Host port {number} is not allowed to be used. Allowed ports: [{shown}]"
            yield invalid(f"{where}.hostPort", number, text)
