"""The pods by which one is root on a node, each the weakest of its kind.

Whatever else a policy asks for (no root, no capabilities, a read-only file system) stays, as far as the kind allows: the
image is one's own, so a file in it that has the set-user-ID bit makes root of any user, unless privilege escalation is
forbidden (then it is tried as root); and the sockets of container runtimes are open to the group root, on read-only mounts
too. All of them violate the Pod Security level ``baseline``.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

NAME = "escalation"
"""Of whatever is made up."""

Twist = Callable[[dict[str, Any]], None]
"""Changes the spec of a pod."""

SOCKETS = ("/", "/run", "/var/run", "/run/containerd/containerd.sock", "/run/crio/crio.sock", "/var/run/docker.sock")
"""Where the container runtime listens."""
FILES = ("/etc", "/root", "/proc", "/usr", "/var", "/var/lib/kubelet")
"""Where files make who writes them root (units, keys, programs, devices, other pods' volumes)."""
CAPABILITIES = ("ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO", "DAC_READ_SEARCH")
"""Each leads out of a container: mounts, modules of the kernel, ports, files by their handle."""
_WITH_PROCESSES = ("SYS_PTRACE", "SYS_ADMIN")


def twists(*, windows: bool = False) -> list[Twist]:
    """Every kind."""
    return [*_LINUX, *([_host_process] if windows else [])]


def claim(name: str) -> list[Twist]:
    """A volume of the host by its claim."""
    source = {"persistentVolumeClaim": {"claimName": name}}
    return [
        *(partial(_socket, source=source, group=group) for group in _GROUPS),
        *(partial(_files, source=source, root=root) for root in _ROOTS),
    ]


def mount(spec: dict[str, Any], volume: dict[str, Any], *, read_only: bool = False) -> None:
    """Mount a volume into each container."""
    spec["volumes"] = [*(spec.get("volumes") or ()), {"name": NAME, **volume}]
    mounted = {"name": NAME, "mountPath": f"/{NAME}"} | ({"readOnly": True} if read_only else {})
    for container in spec["containers"]:
        container["volumeMounts"] = [*(container.get("volumeMounts") or ()), mounted]


def _by_group(spec: dict[str, Any]) -> None:
    spec["securityContext"] = {**(spec.get("securityContext") or {}), "runAsGroup": 0}
    for container in spec["containers"]:
        (container.get("securityContext") or {}).pop("runAsGroup", None)


def _by_supplemental_group(spec: dict[str, Any]) -> None:
    spec["securityContext"] = {**(spec.get("securityContext") or {}), "supplementalGroups": [0]}


_GROUPS = (_by_group, _by_supplemental_group)


def _socket(spec: dict[str, Any], source: dict[str, Any], group: Twist) -> None:
    """As any user of the group root, without any privilege."""
    group(spec)
    mount(spec, source, read_only=True)


def _files(spec: dict[str, Any], source: dict[str, Any], root: Twist) -> None:
    mount(spec, source)
    _in_containers(spec, root)


def _may_become_root(container: dict[str, Any]) -> None:
    """A program may have more rights than who starts it."""
    container["securityContext"] = dict(container.get("securityContext") or {})
    container["securityContext"].pop("allowPrivilegeEscalation", None)


def _is_root(container: dict[str, Any]) -> None:
    container["securityContext"] = {**(container.get("securityContext") or {}), "runAsUser": 0, "runAsNonRoot": False}


_ROOTS = (_may_become_root, _is_root)


def _privileged(container: dict[str, Any]) -> None:
    _may_become_root(container)
    container["securityContext"].pop("capabilities", None)
    container["securityContext"]["privileged"] = True


def _capable(container: dict[str, Any], capability: str, root: Twist) -> None:
    root(container)
    context = container["securityContext"]
    context["capabilities"] = {**(context.get("capabilities") or {}), "add": [capability]}


def _in_containers(spec: dict[str, Any], change: Twist) -> None:
    for container in spec["containers"]:
        change(container)


def _in_first(spec: dict[str, Any], change: Twist, *, stays: bool) -> None:
    """Only in a container that runs first, where some policies do not look; ``stays``: a sidecar."""
    first = copy.deepcopy(spec["containers"][0])
    first = {key: value for key, value in first.items() if not key.endswith("Probe") and key not in ("lifecycle", "ports")}
    first["name"] = NAME
    if stays:
        first["restartPolicy"] = "Always"
    change(first)
    spec["initContainers"] = [*(spec.get("initContainers") or ()), first]


def _processes(spec: dict[str, Any], power: Twist) -> None:
    spec["hostPID"] = True
    _in_containers(spec, power)


def _host_process(spec: dict[str, Any]) -> None:
    """Windows has no root, but containers that run as the system on the host."""
    options = {"hostProcess": True, "runAsUserName": r"NT AUTHORITY\SYSTEM"}
    spec["securityContext"], spec["hostNetwork"], spec["os"] = {"windowsOptions": options}, True, {"name": "windows"}
    for container in spec["containers"]:
        container.pop("securityContext", None)


def _capables(names: tuple[str, ...]) -> list[Twist]:
    return [partial(_capable, capability=name, root=root) for name in names for root in _ROOTS]


CONTAINER_POWERS: tuple[Twist, ...] = (_privileged, *_capables(CAPABILITIES))
"""What makes one container root on the node: changes a container, not a pod."""


def _linux() -> list[Twist]:
    places = (_in_containers, partial(_in_first, stays=False), partial(_in_first, stays=True))
    found: list[Twist] = [partial(place, change=_privileged) for place in places]
    found += [partial(_socket, source=_path(path), group=group) for path in SOCKETS for group in _GROUPS]
    found += [partial(_files, source=_path(path), root=root) for path in FILES for root in _ROOTS]
    found += [partial(_processes, power=power) for power in _capables(_WITH_PROCESSES)]
    return found + [partial(place, change=power) for power in CONTAINER_POWERS[1:] for place in places[:2]]


def _path(path: str) -> dict[str, Any]:
    return {"hostPath": {"path": path}}


_LINUX = _linux()
