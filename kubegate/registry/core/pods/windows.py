"""What pods of one operating system may not set, and Windows' own security options."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubegate.api.field_errors import FieldError, forbidden, invalid, not_supported, required
from kubegate.api.names import Object
from kubegate.registry.validation.names import dns1123_subdomain

_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\Z")
_NETBIOS = re.compile(r'[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}\Z')
_POD_FIELDS = (
    "securityContext.appArmorProfile",
    "securityContext.seLinuxOptions",
    "hostUsers",
    "hostPID",
    "hostIPC",
    "securityContext.seccompProfile",
    "securityContext.fsGroup",
    "securityContext.fsGroupChangePolicy",
    "securityContext.sysctls",
    "shareProcessNamespace",
    "securityContext.runAsUser",
    "securityContext.runAsGroup",
    "securityContext.supplementalGroups",
    "securityContext.supplementalGroupsPolicy",
    "securityContext.seLinuxChangePolicy",
)
_CONTAINER_FIELDS = (
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
)


def containers_with_paths(spec: Object, path: str) -> Iterator[tuple[Object, str]]:
    """Every container of a pod with its place: init containers, containers, ephemeral ones."""
    for key in ("initContainers", "containers", "ephemeralContainers"):
        for index, container in enumerate(spec.get(key) or ()):
            yield container, f"{path}.{key}[{index}]"


def check_os(errors: list[FieldError], path: str, spec: Object) -> None:
    """Complain about the operating system a pod names, and about what does not exist there."""
    system = spec.get("os")
    if system is None:
        return
    name = system.get("name") or ""
    if not name:
        errors.append(required(f"{path}.os.name", "cannot be empty"))
    elif name not in ("linux", "windows"):
        errors.append(not_supported(f"{path}.os", name, ["linux", "windows"]))
    elif name == "linux":
        _check_linux(errors, path, spec)
    else:
        _check_windows(errors, path, spec)


def _check_linux(errors: list[FieldError], path: str, spec: Object) -> None:
    text = "windows options cannot be set for a linux pod"
    if (spec.get("securityContext") or {}).get("windowsOptions") is not None:
        errors.append(forbidden(f"{path}.securityContext.windowsOptions", text))
    for container, place in containers_with_paths(spec, path):
        if (container.get("securityContext") or {}).get("windowsOptions") is not None:
            errors.append(forbidden(f"{place}.securityContext.windowsOptions", text))


def _check_windows(errors: list[FieldError], path: str, spec: Object) -> None:
    text = "cannot be set for a windows pod"
    context = spec.get("securityContext") or {}
    for field in _POD_FIELDS:
        inner = field.removeprefix("securityContext.")
        value = spec.get(field) if inner == field else context.get(inner)
        if value is not None and not (field in ("hostPID", "hostIPC") and not value) and value != []:
            errors.append(forbidden(f"{path}.{field}", text))
    for container, place in containers_with_paths(spec, path):
        own = container.get("securityContext") or {}
        for field in _CONTAINER_FIELDS:
            if own.get(field) is not None:
                errors.append(forbidden(f"{place}.securityContext.{field}", text))


def check_host_process(errors: list[FieldError], path: str, spec: Object) -> None:
    """HostProcess containers: all or none, and on the host's network."""
    options = (spec.get("securityContext") or {}).get("windowsOptions") or {}
    of_pod = options.get("hostProcess")
    total = host_process = 0
    for container, place in containers_with_paths(spec, path):
        total += 1
        own = ((container.get("securityContext") or {}).get("windowsOptions") or {}).get("hostProcess")
        if of_pod is not None and own is not None and of_pod != own:
            text = f"pod hostProcess value must be identical if both are specified, was {str(of_pod).lower()}"
            errors.append(invalid(f"{place}.securityContext.windowsOptions.hostProcess", own, text))
        host_process += bool(of_pod if own is None else own)
    if not host_process:
        return
    if host_process != total:
        text = "If pod contains any hostProcess containers then all containers must be HostProcess containers"
        errors.append(invalid(path, "", text))
    if not spec.get("hostNetwork"):
        text = "hostNetwork must be true if pod contains any hostProcess containers"
        errors.append(invalid(f"{path}.hostNetwork", False, text))


def check_windows_options(errors: list[FieldError], path: str, options: Object | None) -> None:
    """Complain about Windows security options."""
    if not options:
        return
    if (name := options.get("gmsaCredentialSpecName")) is not None:
        errors += [invalid(f"{path}.gmsaCredentialSpecName", name, text) for text in dns1123_subdomain(name)]
    if (spec := options.get("gmsaCredentialSpec")) is not None:
        place = f"{path}.gmsaCredentialSpec"
        if not spec:
            errors.append(invalid(place, spec, "gmsaCredentialSpec cannot be an empty string"))
        elif len(spec) > 64 * 1024:
            errors.append(invalid(place, spec, "gmsaCredentialSpec size must be under 64 KiB"))
    if (user := options.get("runAsUserName")) is not None:
        errors += [invalid(f"{path}.runAsUserName", user, text) for text in _user_name(user)]


def _user_name(name: str) -> list[str]:
    if not name:
        return ["runAsUserName cannot be an empty string"]
    if re.search(r"[\x00-\x1f\x7f]", name):
        return ["runAsUserName cannot contain control characters"]
    parts = name.split("\\")
    if len(parts) > 2:
        return ["runAsUserName cannot contain more than one backslash"]
    found: list[str] = []
    domain, user = parts if len(parts) == 2 else ("", parts[0])
    if len(domain) >= 256:
        found.append("runAsUserName's Domain length must be under 256 characters")
    if len(parts) == 2 and not (_NETBIOS.match(domain) or _DOMAIN.match(domain)):
        found.append("runAsUserName's Domain doesn't match the NetBios nor the DNS format")
    if not user:
        found.append("runAsUserName's User cannot be empty")
    elif len(user) > 104:
        found.append("runAsUserName's User length must not be longer than 104 characters")
    if re.fullmatch("[. ]+", user):
        found.append("runAsUserName's User cannot contain only periods or spaces")
    if re.search(r'["/\\:;|=,+*?<>@\[\]]', user):
        found.append("runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]")
    return found
