"""Validation of containers: regular, init and ephemeral ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from kubegate.api.field_errors import FieldError, duplicate, forbidden, invalid, not_found, required, too_many
from kubegate.api.names import Object
from kubegate.registry.core.pods.environment import check_env, check_env_from
from kubegate.registry.core.pods.mounts import check_devices, check_mounts
from kubegate.registry.core.pods.probes import check_lifecycle, check_probes
from kubegate.registry.core.pods.security import check_container_security
from kubegate.registry.validation.basics import check_choice, check_enum, check_name, check_port
from kubegate.registry.validation.names import dns1123_label, port_name
from kubegate.registry.validation.network import check_ip
from kubegate.registry.validation.resources import check_requirements

PROTOCOLS = ("SCTP", "TCP", "UDP")
PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_RESTART_POLICIES = ("Always", "Never", "OnFailure")
_RULES_LIMIT = 20
_EXIT_CODES_LIMIT = 255
_EPHEMERAL_FORBIDDEN = (
    "ports",
    "resources",
    "resizePolicy",
    "restartPolicy",
    "restartPolicyRules",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "lifecycle",
)
_SIDECAR_ONLY = ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe")


@dataclass(frozen=True, slots=True)
class PodFacts:
    """What the containers' validation needs to know of their pod. ``volumes``: the valid ones by name."""

    volumes: dict[str, Object] = field(default_factory=dict)
    claims: Collection[str] = ()
    grace: int | None = None
    host_users: bool = True
    os: str = ""
    restart_policy: str = "Always"


def check_containers(errors: list[FieldError], path: str, containers: list[Object] | None, pod: PodFacts) -> None:
    """Complain about the regular containers of a pod."""
    if not containers:
        errors.append(required(path))
        return
    names: set[str] = set()
    for index, container in enumerate(containers):
        place, name = f"{path}[{index}]", container.get("name") or ""
        _check_common(errors, place, container, pod)
        if name in names:
            errors.append(duplicate(f"{place}.name", name))
        names.add(name)
        if container.get("lifecycle") is not None:
            check_lifecycle(errors, f"{place}.lifecycle", container["lifecycle"], pod.grace, pod.os)
        check_probes(errors, place, container, pod.grace)
        _check_restart_policy(errors, place, container)
    check_host_ports(errors, path, containers)


def check_init_containers(
    errors: list[FieldError], path: str, init_containers: list[Object], containers: list[Object] | None, pod: PodFacts
) -> None:
    """Complain about init containers; those that restart always (sidecars) may have probes and hooks."""
    names = {container.get("name") or "" for container in containers or ()}
    for index, container in enumerate(init_containers):
        place, name = f"{path}[{index}]", container.get("name") or ""
        _check_common(errors, place, container, pod)
        _check_restart_policy(errors, place, container)
        if name in names:
            errors.append(duplicate(f"{place}.name", name))
        elif name:
            names.add(name)
        check_host_ports(errors, path, [container])
        if container.get("restartPolicy") == "Always":
            if container.get("lifecycle") is not None:
                check_lifecycle(errors, f"{place}.lifecycle", container["lifecycle"], pod.grace, pod.os)
            check_probes(errors, place, container, pod.grace)
        else:
            text = "may not be set for init containers without restartPolicy=Always"
            errors += [forbidden(f"{place}.{key}", text) for key in _SIDECAR_ONLY if container.get(key) is not None]
            for position, policy in enumerate(container.get("resizePolicy") or ()):
                if policy.get("restartPolicy") == "RestartContainer":
                    text = "must not be set to 'RestartContainer' for non-sidecar initContainers"
                    field_path = f"{place}.resizePolicy[{position}].restartPolicy"
                    errors.append(invalid(field_path, "RestartContainer", text))


def check_ephemeral_containers(errors: list[FieldError], path: str, spec: Object, pod: PodFacts) -> None:
    """Complain about ephemeral containers."""
    others = {container.get("name") or "" for key in ("containers", "initContainers") for container in spec.get(key) or ()}
    names = set(others)
    for index, container in enumerate(spec.get("ephemeralContainers") or ()):
        place, name = f"{path}[{index}]", container.get("name") or ""
        _check_common(errors, place, container, pod)
        check_trimmed_image(errors, place, container)
        if name in names:
            errors.append(duplicate(f"{place}.name", name))
        names.add(name)
        target = container.get("targetContainerName")
        if target and target not in others:
            errors.append(not_found(f"{place}.targetContainerName", target))
        text = "cannot be set for an Ephemeral Container"
        errors += [
            forbidden(f"{place}.{key}", text) for key in _EPHEMERAL_FORBIDDEN if container.get(key) not in (None, {}, [])
        ]
        for position, mount in enumerate(container.get("volumeMounts") or ()):
            for key in ("subPath", "subPathExpr"):
                if mount.get(key):
                    errors.append(forbidden(f"{place}.volumeMounts[{position}].{key}", text))


def check_trimmed_image(errors: list[FieldError], path: str, container: Object) -> None:
    """In a pod (not in a template) an image has no blanks around it."""
    image = container.get("image") or ""
    if image.strip() != image:
        errors.append(invalid(f"{path}.image", image, "must not have leading or trailing whitespace"))


def _check_common(errors: list[FieldError], path: str, container: Object, pod: PodFacts) -> None:
    name = container.get("name") or ""
    if not name:
        errors.append(required(f"{path}.name"))
    else:
        check_name(errors, f"{path}.name", name, dns1123_label)
    if not container.get("image"):
        errors.append(required(f"{path}.image"))
    policy = container.get("terminationMessagePolicy")
    check_choice(errors, f"{path}.terminationMessagePolicy", policy, ("File", "FallbackToLogsOnError"))
    if ports := container.get("ports"):
        _check_ports(errors, f"{path}.ports", ports)
    if env := container.get("env"):
        check_env(errors, f"{path}.env", env, pod.volumes)
    if sources := container.get("envFrom"):
        check_env_from(errors, f"{path}.envFrom", sources)
    if container.get("volumeMounts"):
        check_mounts(errors, f"{path}.volumeMounts", container, pod.volumes)
    if container.get("volumeDevices"):
        check_devices(errors, f"{path}.volumeDevices", container, pod.volumes)
    check_choice(errors, f"{path}.imagePullPolicy", container.get("imagePullPolicy"), PULL_POLICIES)
    check_requirements(errors, f"{path}.resources", container.get("resources"), pod.claims)
    if policies := container.get("resizePolicy"):
        _check_resize(errors, f"{path}.resizePolicy", policies, pod.restart_policy)
    check_container_security(errors, f"{path}.securityContext", container.get("securityContext"), pod.host_users)


def _check_ports(errors: list[FieldError], path: str, ports: list[Object]) -> None:
    names: set[str] = set()
    for index, port in enumerate(ports):
        place, name = f"{path}[{index}]", port.get("name") or ""
        if name:
            complaints = port_name(name)
            errors += [invalid(f"{place}.name", name, text) for text in complaints]
            if not complaints:
                if name in names:
                    errors.append(duplicate(f"{place}.name", name))
                names.add(name)
        number = port.get("containerPort") or 0
        if not number:
            errors.append(required(f"{place}.containerPort"))
        else:
            check_port(errors, f"{place}.containerPort", number)
        if port.get("hostPort"):
            check_port(errors, f"{place}.hostPort", port["hostPort"])
        check_choice(errors, f"{place}.protocol", port.get("protocol"), PROTOCOLS)
        if port.get("hostIP"):
            check_ip(errors, f"{place}.hostIP", port["hostIP"])


def check_host_ports(errors: list[FieldError], path: str, containers: Iterable[Object]) -> None:
    """Complain about two containers that want the same port of the host."""
    seen: set[str] = set()
    for index, container in enumerate(containers):
        for position, port in enumerate(container.get("ports") or ()):
            if not port.get("hostPort"):
                continue
            key = f"{port.get('protocol') or ''}/{port.get('hostIP') or ''}/{port['hostPort']}"
            if key in seen:
                errors.append(duplicate(f"{path}[{index}].ports[{position}].hostPort", key))
            seen.add(key)


def _check_restart_policy(errors: list[FieldError], path: str, container: Object) -> None:
    policy, rules = container.get("restartPolicy"), container.get("restartPolicyRules") or []
    if policy is None:
        if rules:
            text = "must specify restartPolicy when restart rules are used"
            errors.append(required(f"{path}.restartPolicy", text))
    else:
        check_enum(errors, f"{path}.restartPolicy", policy, _RESTART_POLICIES)
    if len(rules) > _RULES_LIMIT:
        errors.append(too_many(f"{path}.restartPolicyRules", len(rules), _RULES_LIMIT))
    for index, rule in enumerate(rules):
        place = f"{path}.restartPolicyRules[{index}]"
        check_enum(errors, f"{place}.action", rule.get("action") or "", ("Restart", "RestartAllContainers"))
        codes = rule.get("exitCodes")
        if codes is None:
            errors.append(required(f"{place}.exitCodes", "must be specified"))
            continue
        check_enum(errors, f"{place}.exitCodes.operator", codes.get("operator") or "", ("In", "NotIn"))
        values = codes.get("values") or []
        if len(values) > _EXIT_CODES_LIMIT:
            errors.append(too_many(f"{place}.exitCodes.values", len(values), _EXIT_CODES_LIMIT))


def _check_resize(errors: list[FieldError], path: str, policies: list[Object], pod_policy: Any) -> None:
    seen: set[str] = set()
    for index, policy in enumerate(policies):
        name, restart = policy.get("resourceName") or "", policy.get("restartPolicy") or ""
        if name in seen:
            errors.append(duplicate(f"{path}[{index}]", name))
        seen.add(name)
        check_choice(errors, path, name, ("cpu", "memory"))
        check_choice(errors, path, restart, ("NotRequired", "RestartContainer"))
        if pod_policy == "Never" and restart != "NotRequired":
            errors.append(invalid(path, restart, "must be 'NotRequired' when `restartPolicy` is 'Never'"))
