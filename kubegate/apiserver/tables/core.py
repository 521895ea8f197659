"""The core group but for pods."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kubegate.api.names import Object
from kubegate.apiserver.tables.cells import (
    NONE,
    UNKNOWN,
    UNSET,
    Cells,
    age,
    labels_text,
    name_of,
    parse_time,
    since,
    template_containers,
)

_MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}
_WIDTH = 16


def namespace(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), (obj.get("status") or {}).get("phase") or "", age(obj, now)]


def config_map(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), len(obj.get("data") or ()) + len(obj.get("binaryData") or ()), age(obj, now)]


def secret(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), obj.get("type") or "", len(obj.get("data") or ()), age(obj, now)]


def service_account(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), age(obj, now)]


def service(obj: Object, now: datetime) -> Cells:
    spec = obj.get("spec") or {}
    ports = ",".join(_port(port) for port in spec.get("ports") or ()) or NONE
    address = (spec.get("clusterIPs") or [spec.get("clusterIP")])[0] or NONE
    shown = [spec.get("type") or "", address, _external(obj), ports]
    return [name_of(obj), *shown, age(obj, now), labels_text(spec.get("selector"))]


def _port(port: Object) -> str:
    node = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port['port']}{node}/{port.get('protocol', 'TCP')}"


def load_balancer(status: Object) -> str:
    """The addresses of a load balancer, sorted."""
    entries = (status.get("loadBalancer") or {}).get("ingress") or ()
    found = {entry.get("ip") or entry.get("hostname") or "" for entry in entries}
    return ",".join(sorted(found - {""}))


def _external(obj: Object) -> str:
    spec, kind = obj.get("spec") or {}, (obj.get("spec") or {}).get("type")
    external = spec.get("externalIPs") or []
    if kind == "ExternalName":
        return str(spec.get("externalName") or "")
    if kind == "LoadBalancer":
        addresses = load_balancer(obj.get("status") or {})
        return ",".join([*([addresses] if addresses else []), *external]) or "<pending>"
    if kind in ("ClusterIP", "NodePort"):
        return ",".join(external) or NONE
    return UNKNOWN


def endpoints(obj: Object, now: datetime) -> Cells:
    shown, count = [], 0
    for subset in obj.get("subsets") or ():
        addresses = subset.get("addresses") or ()
        for port in subset.get("ports") or [None]:
            for address in addresses:
                ip = f"[{address['ip']}]" if ":" in address["ip"] and port else address["ip"]
                shown.append(f"{ip}:{port['port']}" if port else ip)
                count += 1
    text = ",".join(shown[:3]) if obj.get("subsets") else NONE
    return [name_of(obj), f"{text} + {count - 3} more..." if count > 3 else text, age(obj, now)]


def node(obj: Object, now: datetime) -> Cells:
    status, info = obj.get("status") or {}, (obj.get("status") or {}).get("nodeInfo") or {}
    conditions = {c.get("type"): c for c in status.get("conditions") or ()}
    ready = conditions.get("Ready")
    states = ["Unknown"] if ready is None else ["Ready" if ready.get("status") == "True" else "NotReady"]
    if (obj.get("spec") or {}).get("unschedulable"):
        states.append("SchedulingDisabled")
    kernel = info.get("kernelVersion") or UNKNOWN
    if info.get("architecture"):
        kernel = f"{kernel} ({info['architecture']})"
    return [
        name_of(obj),
        ",".join(states),
        ",".join(_roles(obj)) or NONE,
        age(obj, now),
        info.get("kubeletVersion") or "",
        _address(status, "InternalIP"),
        _address(status, "ExternalIP"),
        info.get("osImage") or UNKNOWN,
        kernel,
        info.get("containerRuntimeVersion") or UNKNOWN,
    ]


def _roles(obj: Object) -> list[str]:
    prefix, found = "node-role.kubernetes.io/", set()
    for key, value in (obj["metadata"].get("labels") or {}).items():
        if key.startswith(prefix) and len(key) > len(prefix):
            found.add(key[len(prefix) :])
        elif key == "kubernetes.io/role" and value:
            found.add(value)
    return sorted(found)


def _address(status: Object, kind: str) -> str:
    return next((str(a["address"]) for a in status.get("addresses") or () if a.get("type") == kind), NONE)


def access_modes(modes: Any) -> str:
    """``RWO,ROX``, each once, in the order of the table."""
    return ",".join(short for mode, short in _MODES.items() if mode in (modes or ()))


def _phase(obj: Object) -> str:
    return "Terminating" if obj["metadata"].get("deletionTimestamp") else (obj.get("status") or {}).get("phase") or ""


def _class(obj: Object) -> str:
    annotation = (obj["metadata"].get("annotations") or {}).get("volume.beta.kubernetes.io/storage-class")
    return annotation or (obj.get("spec") or {}).get("storageClassName") or ""


def persistent_volume(obj: Object, now: datetime) -> Cells:
    spec, claim = obj.get("spec") or {}, (obj.get("spec") or {}).get("claimRef")
    return [
        name_of(obj),
        (spec.get("capacity") or {}).get("storage") or "0",
        access_modes(spec.get("accessModes")),
        spec.get("persistentVolumeReclaimPolicy") or "",
        _phase(obj),
        f"{claim.get('namespace', '')}/{claim.get('name', '')}" if claim else "",
        _class(obj),
        spec.get("volumeAttributesClassName") or UNSET,
        (obj.get("status") or {}).get("reason") or "",
        age(obj, now),
        spec.get("volumeMode") or UNSET,
    ]


def persistent_volume_claim(obj: Object, now: datetime) -> Cells:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    bound = bool(spec.get("volumeName"))
    return [
        name_of(obj),
        _phase(obj),
        spec.get("volumeName") or "",
        (status.get("capacity") or {}).get("storage", "0") if bound else "",
        access_modes(status.get("accessModes")) if bound else "",
        _class(obj),
        spec.get("volumeAttributesClassName") or UNSET,
        age(obj, now),
        spec.get("volumeMode") or UNSET,
    ]


def resource_quota(obj: Object, now: datetime) -> Cells:
    status = obj.get("status") or {}
    hard, used = status.get("hard") or {}, status.get("used") or {}
    requests: list[str] = []
    limits: list[str] = []
    for name in sorted(hard):
        text = f"{name}: {used.get(name, '0')}/{hard[name]}"
        (limits if name.startswith("limits.") else requests).append(text)
    return [name_of(obj), ", ".join(requests), ", ".join(limits), age(obj, now)]


def event(obj: Object, now: datetime) -> Cells:
    series = obj.get("series") or {}
    first = obj.get("firstTimestamp") or obj.get("deprecatedFirstTimestamp") or obj.get("eventTime")
    last = obj.get("lastTimestamp") or obj.get("deprecatedLastTimestamp") or first
    count = obj.get("count") or obj.get("deprecatedCount") or 0
    if series:
        last, count = series.get("lastObservedTime") or last, series.get("count") or count
    elif not count:
        count = 1
    about = obj.get("involvedObject") or obj.get("regarding") or {}
    target = str(about.get("kind", "")).lower() + (f"/{about['name']}" if about.get("name") else "")
    message = obj.get("message") or obj.get("note") or ""
    return [
        since(last, now) if parse_time(last) else UNKNOWN,
        obj.get("type") or "",
        obj.get("reason") or "",
        target,
        about.get("fieldPath") or "",
        _source(obj),
        str(message).strip(),
        since(first, now) if parse_time(first) else UNKNOWN,
        count,
        name_of(obj),
    ]


def _source(obj: Object) -> str:
    source = obj.get("source") or obj.get("deprecatedSource") or {}
    component = source.get("component") or obj.get("reportingComponent") or obj.get("reportingController") or ""
    host = source.get("host") or obj.get("reportingInstance") or ""
    return f"{component}, {host}" if host else str(component)


def replication_controller(obj: Object, now: datetime) -> Cells:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    counts = [spec.get("replicas") or 0, status.get("replicas") or 0, status.get("readyReplicas") or 0]
    return [name_of(obj), *counts, age(obj, now), *template_containers(obj), labels_text(spec.get("selector"))]


def pod_template(obj: Object, now: datetime) -> Cells:
    template = obj.get("template") or {}
    found = template_containers({"spec": {"template": template}})
    return [name_of(obj), *found, labels_text((template.get("metadata") or {}).get("labels"))]


def component_status(obj: Object, now: datetime) -> Cells:
    conditions: list[Object] = obj.get("conditions") or []
    healthy: Object = next((c for c in conditions if c.get("type") == "Healthy"), {})
    status = "Healthy" if healthy.get("status") == "True" else "Unhealthy" if healthy else "Unknown"
    return [name_of(obj), status, healthy.get("message") or "", healthy.get("error") or ""]
