"""Security contexts of pods and containers."""

from __future__ import annotations

import re
from typing import Any

from kubegate.api.field_errors import FieldError, duplicate, forbidden, invalid, not_supported, required, too_long
from kubegate.api.names import Object
from kubegate.registry.core.pods.windows import check_windows_options
from kubegate.registry.validation.basics import check_enum, check_user_id
from kubegate.registry.validation.paths import check_descending

_SYSCTL_TEXT = r"^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$"
_SYSCTL = re.compile(r"([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?\Z")
_PROFILE_TYPES = ("Localhost", "RuntimeDefault", "Unconfined")
_PATH_MAX = 4095
_CONTAINER_FIELDS = (
    ("Capabilities", "capabilities"),
    ("Privileged", "privileged"),
    ("SELinuxOptions", "seLinuxOptions"),
    ("WindowsOptions", "windowsOptions"),
    ("RunAsUser", "runAsUser"),
    ("RunAsGroup", "runAsGroup"),
    ("RunAsNonRoot", "runAsNonRoot"),
    ("ReadOnlyRootFilesystem", "readOnlyRootFilesystem"),
    ("AllowPrivilegeEscalation", "allowPrivilegeEscalation"),
    ("ProcMount", "procMount"),
    ("SeccompProfile", "seccompProfile"),
    ("AppArmorProfile", "appArmorProfile"),
)
_NESTED = {
    "capabilities": (("Add", "add"), ("Drop", "drop")),
    "seLinuxOptions": (("User", "user"), ("Role", "role"), ("Type", "type"), ("Level", "level")),
    "windowsOptions": (
        ("GMSACredentialSpecName", "gmsaCredentialSpecName"),
        ("GMSACredentialSpec", "gmsaCredentialSpec"),
        ("RunAsUserName", "runAsUserName"),
        ("HostProcess", "hostProcess"),
    ),
    "seccompProfile": (("Type", "type"), ("LocalhostProfile", "localhostProfile")),
    "appArmorProfile": (("Type", "type"), ("LocalhostProfile", "localhostProfile")),
}


def _shown(context: Object) -> dict[str, Any]:
    """A container's security context as messages show it."""

    def value(key: str) -> Any:
        found = context.get(key)
        if isinstance(found, dict):
            empty = "" if key == "seLinuxOptions" else None
            return {shown: found.get(inner, empty) for shown, inner in _NESTED[key]}
        return found

    return {shown: value(key) for shown, key in _CONTAINER_FIELDS}


def check_container_security(errors: list[FieldError], path: str, context: Object | None, host_users: bool) -> None:
    """Complain about a container's security context; ``host_users`` tells whether the pod shares the host's user ids."""
    if not context:
        return
    for key in ("runAsUser", "runAsGroup"):
        check_user_id(errors, f"{path}.{key}", context.get(key))
    if (mount := context.get("procMount")) is not None:
        check_enum(errors, f"{path}.procMount", mount, ("Default", "Unmasked"))
        if host_users and mount == "Unmasked":
            errors.append(invalid(f"{path}.procMount", mount, "`hostUsers` must be false to use `Unmasked`"))
    check_seccomp(errors, f"{path}.seccompProfile", context.get("seccompProfile"))
    if context.get("allowPrivilegeEscalation") is False:
        text = "cannot set `allowPrivilegeEscalation` to false and "
        if context.get("privileged"):
            errors.append(invalid(path, _shown(context), f"{text}`privileged` to true"))
        for capability in (context.get("capabilities") or {}).get("add") or ():
            if capability == "CAP_SYS_ADMIN":
                errors.append(invalid(path, _shown(context), f"{text}`capabilities.Add` CAP_SYS_ADMIN"))
    check_windows_options(errors, f"{path}.windowsOptions", context.get("windowsOptions"))
    check_app_armor(errors, f"{path}.appArmorProfile", context.get("appArmorProfile"))


def check_seccomp(errors: list[FieldError], path: str, profile: Object | None) -> None:
    """Complain about a seccomp profile."""
    if profile is None:
        return
    kind, local = profile.get("type") or "", profile.get("localhostProfile")
    if not kind:
        errors.append(required(f"{path}.type", "type is required when seccompProfile is set"))
    elif kind not in _PROFILE_TYPES:
        errors.append(not_supported(f"{path}.type", kind, _PROFILE_TYPES))
    if kind == "Localhost":
        if local is None:
            errors.append(required(f"{path}.localhostProfile", "must be set when seccomp type is Localhost"))
        else:
            check_descending(errors, f"{path}.localhostProfile", local)
    elif local is not None:
        shown = {"Type": kind, "LocalhostProfile": local}
        errors.append(invalid(f"{path}.localhostProfile", shown, "can only be set when seccomp type is Localhost"))


def check_app_armor(errors: list[FieldError], path: str, profile: Object | None) -> None:
    """Complain about an AppArmor profile."""
    if profile is None:
        return
    kind, local, place = profile.get("type") or "", profile.get("localhostProfile"), f"{path}.localhostProfile"
    if kind == "Localhost":
        missing = "must be set when AppArmor type is Localhost"
        if local is None:
            errors.append(required(place, missing))
            return
        if local.strip() != local:
            errors.append(invalid(place, local, "must not be padded with whitespace"))
        elif not local:
            errors.append(required(place, missing))
        if len(local) > _PATH_MAX:
            errors.append(too_long(place, _PATH_MAX))
    elif kind in _PROFILE_TYPES:
        if local is not None:
            errors.append(invalid(place, local, "can only be set when AppArmor type is Localhost"))
    elif not kind:
        errors.append(required(f"{path}.type", "type is required when appArmorProfile is set"))
    else:
        errors.append(not_supported(f"{path}.type", kind, _PROFILE_TYPES))


def check_pod_security(errors: list[FieldError], path: str, spec: Object) -> None:
    """Complain about a pod's security context."""
    context = spec.get("securityContext")
    if not context:
        _check_shared_processes(errors, path, spec)
        return
    for key in ("fsGroup", "runAsUser", "runAsGroup"):
        check_user_id(errors, f"{path}.{key}", context.get(key))
    for index, group in enumerate(context.get("supplementalGroups") or ()):
        check_user_id(errors, f"{path}.supplementalGroups[{index}]", group)
    _check_shared_processes(errors, path, spec)
    if context.get("sysctls"):
        _check_sysctls(errors, f"{path}.sysctls", context["sysctls"], spec)
    if (policy := context.get("fsGroupChangePolicy")) is not None:
        check_enum(errors, f"{path}.fsGroupChangePolicy", policy, ("Always", "OnRootMismatch"))
    check_seccomp(errors, f"{path}.seccompProfile", context.get("seccompProfile"))
    check_windows_options(errors, f"{path}.windowsOptions", context.get("windowsOptions"))
    check_app_armor(errors, f"{path}.appArmorProfile", context.get("appArmorProfile"))
    if (policy := context.get("supplementalGroupsPolicy")) is not None:
        check_enum(errors, f"{path}.supplementalGroupsPolicy", policy, ("Merge", "Strict"))
    if (policy := context.get("seLinuxChangePolicy")) is not None:
        check_enum(errors, f"{path}.seLinuxChangePolicy", policy, ("MountOption", "Recursive"))


def _check_shared_processes(errors: list[FieldError], path: str, spec: Object) -> None:
    if spec.get("shareProcessNamespace") and spec.get("hostPID"):
        text = "ShareProcessNamespace and HostPID cannot both be enabled"
        errors.append(invalid(f"{path}.shareProcessNamespace", True, text))


def _check_sysctls(errors: list[FieldError], path: str, sysctls: list[Object], spec: Object) -> None:
    seen: set[str] = set()
    for index, sysctl in enumerate(sysctls):
        place, name = f"{path}[{index}].name", sysctl.get("name") or ""
        if not name:
            errors.append(required(place))
        elif len(name) > 253 or not _SYSCTL.match(name):
            errors.append(invalid(place, name, f"must have at most 253 characters and match regex {_SYSCTL_TEXT}"))
        elif name in seen:
            errors.append(duplicate(place, name))
        seen.add(name)
        namespace = _sysctl_namespace(name)
        for key, owner in (("hostNetwork", "net"), ("hostIPC", "ipc")):
            if spec.get(key) and namespace == owner:
                errors.append(invalid(place, name, f"may not be specified when '{key}' is true"))


def _sysctl_namespace(name: str) -> str:
    name = name.replace("/", ".")
    if name.startswith("net."):
        return "net"
    if name == "kernel.sem" or name.startswith(("kernel.shm", "kernel.msg", "fs.mqueue.")):
        return "ipc"
    return ""


def check_host_users(errors: list[FieldError], path: str, spec: Object) -> None:
    """A pod with user ids of its own may not use the host's other namespaces (its network excepted)."""
    if spec.get("hostUsers") is not False:
        return
    text = "when `hostUsers` is false"
    for key, shown in (("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")):
        if spec.get(key):
            errors.append(forbidden(f"{path}.{shown}", text.replace("`hostUsers`", "`pod.Spec.HostUsers`")))
