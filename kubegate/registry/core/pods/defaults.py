"""What the server fills in for a pod specification.

Source: ``pkg/apis/core/v1`` (defaults.go and the generated defaulting of pod specifications).
"""

from __future__ import annotations

from typing import Any

from kubegate.api.names import Object
from kubegate.registry.core.pods.images import pull_policy
from kubegate.registry.core.pods.level_resources import default_pod_level_resources
from kubegate.registry.core.volumes.claim_defaults import default_claim_spec
from kubegate.registry.validation.basics import quantity

_CONTAINER_LISTS = ("initContainers", "containers", "ephemeralContainers")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_MODES = ("secret", "configMap", "downwardAPI", "projected")


def round_up_resources(amounts: dict[str, Any] | None) -> None:
    """Amounts in canonical text, no finer than a thousandth."""
    for name, value in (amounts or {}).items():
        amount = quantity(value)
        if amount.scale < -3 and amount.scaled(-3) * 10 ** (-3 - amount.scale) != amount.mantissa:
            amount = type(amount)(amount.scaled(-3), -3, amount.format)
        amounts[name] = str(amount)  # type: ignore[index]


def default_requirements(requirements: Object | None) -> None:
    """Canonical amounts in ``ResourceRequirements``."""
    if requirements:
        round_up_resources(requirements.get("limits"))
        round_up_resources(requirements.get("requests"))


def default_pod(pod: Object) -> None:
    """Defaults of a pod itself (a template lacks some of them)."""
    spec = pod.setdefault("spec", {})
    default_pod_spec(spec)
    for key in ("containers", "initContainers"):
        for container in spec.get(key) or ():
            resources = container["resources"]
            limits = resources.get("limits")
            if limits:
                requests = resources.get("requests")
                if requests is None:
                    requests = resources["requests"] = {}
                for name, value in limits.items():
                    requests.setdefault(name, value)
    default_pod_level_resources(spec)
    if spec.get("enableServiceLinks") is None:
        spec["enableServiceLinks"] = True
    if spec.get("hostNetwork"):
        default_host_ports(spec, ("containers", "initContainers"))
    _match_addresses(pod.get("status"))


def _match_addresses(status: Object | None) -> None:
    """The single address and the first of the list always agree."""
    if not status:
        return
    address, addresses = status.get("podIP"), status.get("podIPs") or []
    if address and (not addresses or addresses[0].get("ip") != address):
        status["podIPs"] = [{"ip": address}]
    elif addresses and not address:
        status["podIP"] = addresses[0].get("ip") or ""


def default_host_ports(spec: Object, keys: tuple[str, ...]) -> None:
    """On the host's network a container's ports are the host's."""
    for key in keys:
        for container in spec.get(key) or ():
            for port in container.get("ports") or ():
                if not port.get("hostPort") and port.get("containerPort"):
                    port["hostPort"] = port["containerPort"]


def default_template(template: Object) -> None:
    """Defaults of a pod template."""
    template.setdefault("metadata", {})
    default_pod_spec(template.setdefault("spec", {}))


def default_pod_spec(spec: Object) -> None:
    """Defaults that pods and templates share."""
    spec.setdefault("containers", None)
    if not spec.get("dnsPolicy"):
        spec["dnsPolicy"] = "ClusterFirst"
    if not spec.get("restartPolicy"):
        spec["restartPolicy"] = "Always"
    if spec.get("securityContext") is None:
        spec["securityContext"] = {}
    if spec.get("terminationGracePeriodSeconds") is None:
        spec["terminationGracePeriodSeconds"] = 30
    if not spec.get("schedulerName"):
        spec["schedulerName"] = "default-scheduler"
    # The deprecated alias and its successor always agree.
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        spec["serviceAccountName"] = spec["serviceAccount"] = account
    for key in _CONTAINER_LISTS:
        for container in spec.get(key) or ():
            _default_container(container)
    for volume in spec.get("volumes") or ():
        default_volume(volume)
    round_up_resources(spec.get("overhead"))
    default_requirements(spec.get("resources"))


def _default_container(container: Object) -> None:
    if not container.get("imagePullPolicy"):
        container["imagePullPolicy"] = pull_policy(container.get("image") or "")
    if not container.get("terminationMessagePath"):
        container["terminationMessagePath"] = "/dev/termination-log"
    if not container.get("terminationMessagePolicy"):
        container["terminationMessagePolicy"] = "File"
    resources = container.get("resources")
    if resources is None:
        resources = container["resources"] = {}
    elif resources:
        default_requirements(resources)
    for port in container.get("ports") or ():
        if not port.get("protocol"):
            port["protocol"] = "TCP"
    for variable in container.get("env") or ():
        if source := variable.get("valueFrom"):
            _default_field_sources(source)
            if (key := source.get("fileKeyRef")) and key.get("optional") is None:
                key["optional"] = False
    for key in _PROBES:
        if (probe := container.get(key)) is not None:
            _default_probe(probe)
    lifecycle = container.get("lifecycle") or {}
    for hook in ("postStart", "preStop"):
        _default_http_get((lifecycle.get(hook) or {}).get("httpGet"))
    context = container.get("securityContext")
    if context and context.get("procMount") == "":
        context["procMount"] = "Default"


def _default_field_sources(source: Object) -> None:
    if (reference := source.get("fieldRef")) is not None and not reference.get("apiVersion"):
        reference["apiVersion"] = "v1"
    if (reference := source.get("resourceFieldRef")) is not None:
        divisor = reference.get("divisor")
        reference["divisor"] = str(quantity(divisor)) if divisor is not None else "0"


def _default_probe(probe: Object) -> None:
    for key, value in (("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)):
        if not probe.get(key):
            probe[key] = value
    _default_http_get(probe.get("httpGet"))
    if (grpc := probe.get("grpc")) is not None and grpc.get("service") is None:
        grpc["service"] = ""


def _default_http_get(action: Object | None) -> None:
    if action is not None:
        if not action.get("path"):
            action["path"] = "/"
        if not action.get("scheme"):
            action["scheme"] = "HTTP"


def default_volume(volume: Object) -> None:
    """Defaults of a volume of a pod."""
    if all(value is None for key, value in volume.items() if key != "name"):
        volume["emptyDir"] = {}
    for key in _MODES:
        if (source := volume.get(key)) is not None and source.get("defaultMode") is None:
            source["defaultMode"] = 420
    if (source := volume.get("emptyDir")) and source.get("sizeLimit") is not None:
        source["sizeLimit"] = str(quantity(source["sizeLimit"]))
    if (image := volume.get("image")) is not None and not image.get("pullPolicy"):
        image["pullPolicy"] = pull_policy(image.get("reference") or "")
    for item in (volume.get("downwardAPI") or {}).get("items") or ():
        _default_field_sources(item)
    if projected := volume.get("projected"):
        projected.setdefault("sources", None)
        _default_projected(projected)
    if (claim := (volume.get("ephemeral") or {}).get("volumeClaimTemplate")) is not None:
        claim.setdefault("metadata", {})
        default_claim_spec(claim.setdefault("spec", {}))
    default_volume_source(volume)


def _default_projected(projected: Object) -> None:
    for source in projected.get("sources") or ():
        for item in (source.get("downwardAPI") or {}).get("items") or ():
            _default_field_sources(item)
        token = source.get("serviceAccountToken")
        if token is not None and token.get("expirationSeconds") is None:
            token["expirationSeconds"] = 3600


def default_volume_source(source: Object) -> None:
    """Defaults of the volume types that pods and persistent volumes share."""
    if (path := source.get("hostPath")) is not None and path.get("type") is None:
        path["type"] = ""
    if (iscsi := source.get("iscsi")) is not None and not iscsi.get("iscsiInterface"):
        iscsi["iscsiInterface"] = "default"
    if (rbd := source.get("rbd")) is not None:
        for key, value in (("pool", "rbd"), ("user", "admin"), ("keyring", "/etc/ceph/keyring")):
            if not rbd.get(key):
                rbd[key] = value
    if (disk := source.get("azureDisk")) is not None:
        for key, value in (("cachingMode", "ReadWrite"), ("kind", "Shared"), ("fsType", "ext4")):
            if disk.get(key) is None:
                disk[key] = value
        if disk.get("readOnly") is None:
            disk["readOnly"] = False
    if (scale_io := source.get("scaleIO")) is not None:
        for key, value in (("storageMode", "ThinProvisioned"), ("fsType", "xfs")):
            if not scale_io.get(key):
                scale_io[key] = value
