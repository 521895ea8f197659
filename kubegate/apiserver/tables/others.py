"""All other groups: networking, discovery, RBAC, storage, scheduling, certificates, admission, flow control ..."""

from __future__ import annotations

from datetime import datetime

from kubegate.api.names import Object
from kubegate.apiserver.tables.cells import NONE, UNSET, Cells, age, go_text, human, name_of, selector_text
from kubegate.apiserver.tables.core import load_balancer


def _spec(obj: Object) -> Object:
    return obj.get("spec") or {}


def ingress(obj: Object, now: datetime) -> Cells:
    spec = _spec(obj)
    ports = "80, 443" if spec.get("tls") else "80"
    hosts = _hosts([rule.get("host") or "" for rule in spec.get("rules") or ()])
    address = load_balancer(obj.get("status") or {})
    return [name_of(obj), spec.get("ingressClassName") or NONE, hosts, address, ports, age(obj, now)]


def _hosts(hosts: list[str]) -> str:
    """The first three; rules behind them are counted whether they name a host or not."""
    named = [index for index, host in enumerate(hosts) if host]
    text = ",".join(hosts[index] for index in named[:3]) or "*"
    is_cut = len(named) >= 3 and named[2] < len(hosts) - 1
    return f"{text} + {len(hosts) - 3} more..." if is_cut else text


def ingress_class(obj: Object, now: datetime) -> Cells:
    parameters = _spec(obj).get("parameters")
    text = NONE
    if parameters:
        group = f".{parameters['apiGroup']}" if parameters.get("apiGroup") is not None else ""
        text = f"{parameters['kind']}{group}/{parameters['name']}"
    return [name_of(obj), _spec(obj).get("controller") or "", text, age(obj, now)]


def network_policy(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), selector_text(_spec(obj).get("podSelector")), age(obj, now)]


def ip_address(obj: Object, now: datetime) -> Cells:
    parent = _spec(obj).get("parentRef")
    text = NONE
    if parent:
        what = ".".join(part for part in (parent.get("resource"), parent.get("group")) if part).lower()
        place = f"/{parent['namespace']}" if parent.get("namespace") else ""
        text = f"{what}{place}/{parent.get('name', '')}"
    return [name_of(obj), text, age(obj, now)]


def service_cidr(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), ",".join(_spec(obj).get("cidrs") or ()), age(obj, now)]


def endpoint_slice(obj: Object, now: datetime) -> Cells:
    ports = obj.get("ports")
    shown_ports = UNSET if ports is None else _cut([_slice_port(p) for p in ports]) or UNSET
    addresses = [address for endpoint in obj.get("endpoints") or () for address in endpoint.get("addresses") or ()]
    return [name_of(obj), obj.get("addressType") or "", shown_ports, _cut(addresses) or UNSET, age(obj, now)]


def _slice_port(port: Object) -> str:
    return str(port["port"]) if port.get("port") is not None else port.get("name") or "*"


def _cut(items: list[str]) -> str:
    return ",".join(items[:3]) + (f" + {len(items) - 3} more..." if len(items) > 3 else "")


def binding(obj: Object, now: datetime) -> Cells:
    ref: Object = obj.get("roleRef") or {}
    found: dict[str, list[str]] = {"User": [], "Group": [], "ServiceAccount": []}
    for subject in obj.get("subjects") or ():
        name = subject.get("name", "")
        if subject.get("kind") == "ServiceAccount":
            name = f"{subject.get('namespace', '')}/{name}"
        found.setdefault(subject.get("kind", ""), []).append(name)
    lists = [", ".join(found[kind]) for kind in ("User", "Group", "ServiceAccount")]
    return [name_of(obj), f"{ref.get('kind', '')}/{ref.get('name', '')}", age(obj, now), *lists]


def storage_class(obj: Object, now: datetime) -> Cells:
    annotations = obj["metadata"].get("annotations") or {}
    keys = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")
    name = name_of(obj) + (" (default)" if any(annotations.get(key) == "true" for key in keys) else "")
    return [
        name,
        obj.get("provisioner") or "",
        obj.get("reclaimPolicy") or "Delete",
        obj.get("volumeBindingMode") or "Immediate",
        bool(obj.get("allowVolumeExpansion")),
        age(obj, now),
    ]


def volume_attributes_class(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), obj.get("driverName") or "", age(obj, now)]


def volume_attachment(obj: Object, now: datetime) -> Cells:
    spec, source = _spec(obj), _spec(obj).get("source") or {}
    attached = bool((obj.get("status") or {}).get("attached"))
    volume = source.get("persistentVolumeName") or ""
    return [name_of(obj), spec.get("attacher") or "", volume, spec.get("nodeName") or "", attached, age(obj, now)]


def csi_driver(obj: Object, now: datetime) -> Cells:
    spec = _spec(obj)
    requests = spec.get("tokenRequests") or ()
    tokens = ",".join(str(request.get("audience", "")) for request in requests) if requests else UNSET
    modes = ",".join(spec.get("volumeLifecycleModes") or ()) or NONE
    return [
        name_of(obj),
        spec.get("attachRequired", True),
        bool(spec.get("podInfoOnMount")),
        bool(spec.get("storageCapacity")),
        tokens,
        bool(spec.get("requiresRepublish")),
        modes,
        age(obj, now),
    ]


def csi_node(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), len(_spec(obj).get("drivers") or ()), age(obj, now)]


def csi_storage_capacity(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), obj.get("storageClassName") or "", obj.get("capacity") or UNSET]


def priority_class(obj: Object, now: datetime) -> Cells:
    policy = obj.get("preemptionPolicy") or ""
    return [name_of(obj), obj.get("value") or 0, bool(obj.get("globalDefault")), age(obj, now), policy]


def runtime_class(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), obj.get("handler") or "", age(obj, now)]


def lease(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), _spec(obj).get("holderIdentity") or "", age(obj, now)]


def certificate_signing_request(obj: Object, now: datetime) -> Cells:
    spec, seconds = _spec(obj), _spec(obj).get("expirationSeconds")
    requested = NONE if seconds is None else human(seconds)
    who = [spec.get("signerName") or NONE, spec.get("username") or ""]
    return [name_of(obj), age(obj, now), *who, requested, _csr_state(obj)]


def _csr_state(obj: Object) -> str:
    status = obj.get("status") or {}
    conditions = [c.get("type") for c in status.get("conditions") or ()]
    states = [next((kind for kind in ("Denied", "Approved") if kind in conditions), "Pending")]
    states += ["Failed"] * ("Failed" in conditions) + ["Issued"] * bool(status.get("certificate"))
    return ",".join(states)


def webhook_configuration(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), len(obj.get("webhooks") or ()), age(obj, now)]


def _param_kind(spec: Object) -> str:
    kind = spec.get("paramKind")
    return f"{kind.get('apiVersion', '')}/{kind.get('kind', '')}" if kind else UNSET


def validating_policy(obj: Object, now: datetime) -> Cells:
    spec = _spec(obj)
    return [name_of(obj), len(spec.get("validations") or ()), _param_kind(spec), age(obj, now)]


def mutating_policy(obj: Object, now: datetime) -> Cells:
    spec = _spec(obj)
    return [name_of(obj), len(spec.get("mutations") or ()), _param_kind(spec), age(obj, now)]


def policy_binding(obj: Object, now: datetime) -> Cells:
    spec, ref = _spec(obj), _spec(obj).get("paramRef")
    text = UNSET
    if ref and ref.get("name"):
        text = f"{ref.get('namespace') or '*'}/{ref['name']}"
    elif ref and ref.get("selector") is not None:
        text = go_text(ref["selector"])
    return [name_of(obj), spec.get("policyName") or "", text, age(obj, now)]


def flow_schema_order(obj: Object) -> tuple[int, str]:
    """Lists of schemas are printed in the order in which they are tried."""
    return _spec(obj).get("matchingPrecedence") or 0, name_of(obj)


def flow_schema(obj: Object, now: datetime) -> Cells:
    spec = _spec(obj)
    level = (spec.get("priorityLevelConfiguration") or {}).get("name") or NONE
    method = (spec.get("distinguisherMethod") or {}).get("type") or NONE
    dangling = next((c for c in (obj.get("status") or {}).get("conditions") or () if c.get("type") == "Dangling"), None)
    missing = "?" if dangling is None else dangling.get("status") or "?"
    return [name_of(obj), level, spec.get("matchingPrecedence") or 0, method, age(obj, now), missing]


def priority_level(obj: Object, now: datetime) -> Cells:
    spec = _spec(obj)
    limited = spec.get("limited") or {}
    queuing = (limited.get("limitResponse") or {}).get("queuing") or {}
    queues = [queuing.get(name, NONE) for name in ("queues", "handSize", "queueLengthLimit")]
    shares = limited.get("nominalConcurrencyShares", NONE)
    return [name_of(obj), spec.get("type") or "", shares, *queues, age(obj, now)]


def api_service(obj: Object, now: datetime) -> Cells:
    service = _spec(obj).get("service")
    where = f"{service.get('namespace', '')}/{service.get('name', '')}" if service else "Local"
    available = next((c for c in (obj.get("status") or {}).get("conditions") or () if c.get("type") == "Available"), None)
    text = "Unknown"
    if available is not None:
        text = "True" if available.get("status") == "True" else f"{available.get('status')} ({available.get('reason', '')})"
    return [name_of(obj), where, text, age(obj, now)]


def named(obj: Object, now: datetime) -> Cells:
    """Name and age."""
    return [name_of(obj), age(obj, now)]


def resource_claim(obj: Object, now: datetime) -> Cells:
    status = obj.get("status") or {}
    states = ["deleted"] if obj["metadata"].get("deletionTimestamp") else []
    if status.get("allocation"):
        states += ["allocated"] + ["reserved"] * bool(status.get("reservedFor"))
    return [name_of(obj), ",".join(states) or "pending", age(obj, now)]


def resource_slice(obj: Object, now: datetime) -> Cells:
    spec = _spec(obj)
    return [
        name_of(obj),
        spec.get("nodeName") or "",
        spec.get("driver") or "",
        (spec.get("pool") or {}).get("name") or "",
        age(obj, now),
    ]


def cluster_trust_bundle(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), _spec(obj).get("signerName") or NONE]
