"""What a pod takes of its host: namespaces, paths, ports, probes of other hosts, Windows host processes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubegate.admission.pod_security.check import (
    Check,
    Metadata,
    Spec,
    Violation,
    named_containers,
    plural,
    pod_context,
    quoted,
    security_contexts,
    setters,
)
from kubegate.admission.pod_security.levels import Level
from kubegate.admission.pods import containers


def _namespaces(metadata: Metadata, spec: Spec) -> Violation | None:
    shared = [f"{field}=true" for field in ("hostNetwork", "hostPID", "hostIPC") if spec.get(field)]
    return Violation("host namespaces", ", ".join(shared)) if shared else None


def _paths(metadata: Metadata, spec: Spec) -> Violation | None:
    names = [volume.get("name") or "" for volume in spec.get("volumes") or () if volume.get("hostPath") is not None]
    return Violation("hostPath volumes", f"{plural('volume', len(names))} {quoted(names)}") if names else None


def _ports(metadata: Metadata, spec: Spec) -> Violation | None:
    names, ports = [], set()
    for container in containers(spec):
        used = {str(port["hostPort"]) for port in container.get("ports") or () if port.get("hostPort")}
        if used:
            names.append(container.get("name") or "")
            ports |= used
    if not names:
        return None
    verb = "uses" if len(names) == 1 else "use"
    detail = f"{named_containers(names)} {verb} {plural('hostPort', len(ports))} {', '.join(sorted(ports))}"
    return Violation("hostPort", detail)


def _probed_hosts(container: dict[str, Any]) -> Iterator[str]:
    lifecycle = container.get("lifecycle") or {}
    handlers = [container.get(field) for field in ("livenessProbe", "readinessProbe", "startupProbe")]
    handlers += [lifecycle.get(field) for field in ("postStart", "preStop")]
    for handler in handlers:
        for action in ("httpGet", "tcpSocket"):
            host = ((handler or {}).get(action) or {}).get("host")
            if host:
                yield host


def _probes(metadata: Metadata, spec: Spec) -> Violation | None:
    names: set[str] = set()
    hosts: set[str] = set()
    for container in containers(spec):
        found = set(_probed_hosts(container))
        if found:
            names.add(container.get("name") or "")
            hosts |= found
    if not names:
        return None
    verb = "uses" if len(names) == 1 else "use"
    what = plural("probe or lifecycle host", len(hosts))
    return Violation("probe or lifecycle host", f"{named_containers(sorted(names))} {verb} {what} {quoted(sorted(hosts))}")


def _windows_host_process(metadata: Metadata, spec: Spec) -> Violation | None:
    def is_set(context: dict[str, Any]) -> bool:
        return bool((context.get("windowsOptions") or {}).get("hostProcess"))

    names = [name for name, context in security_contexts(spec) if is_set(context)]
    who = setters(is_set(pod_context(spec)), names)
    return Violation("hostProcess", f"{who} must not set securityContext.windowsOptions.hostProcess=true") if who else None


CHECKS = (
    Check("hostNamespaces", Level.BASELINE, ((0, _namespaces),)),
    Check("hostPathVolumes", Level.BASELINE, ((0, _paths),)),
    Check("hostPorts", Level.BASELINE, ((0, _ports),)),
    Check("hostProbesAndHostLifecycle", Level.BASELINE, ((34, _probes),)),
    Check("windowsHostProcess", Level.BASELINE, ((0, _windows_host_process),)),
)
