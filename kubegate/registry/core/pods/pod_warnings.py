"""What the server tells writers of pods and templates besides yes or no.

Source: ``pkg/api/pod`` and ``pkg/api/node`` (warnings).
"""

from __future__ import annotations

from collections.abc import Sequence

from kubegate.api.go import quote
from kubegate.api.names import Object, annotations_of, metadata, name_of
from kubegate.registry.core.pods.annotations import APP_ARMOR, SECCOMP_CONTAINER, SECCOMP_POD
from kubegate.registry.core.pods.windows import containers_with_paths
from kubegate.registry.validation.basics import quantity
from kubegate.registry.validation.names import dns1123_label, label_value

_NODE_LABELS = {
    "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
    "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
    "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
    "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
    "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
}
_ANNOTATIONS = {
    "scheduler.alpha.kubernetes.io/critical-pod": 'non-functional in v1.16+; use the "priorityClassName" field instead',
    "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
    "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
}
_VOLUMES = (
    ("photonPersistentDisk", "photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
    ("gitRepo", "gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"),
    ("scaleIO", "scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("flocker", "flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ("storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+"),
    ("quobyte", "quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("rbd", "rbd", "deprecated in v1.28, non-functional in v1.31+"),
)
_NO_SELECTOR = "a null labelSelector results in matching no pod"
_SECCOMP = 'non-functional in v1.27+; use the "seccompProfile" field instead'


def warn_about_pod(pod: Object, old: Object | None) -> Sequence[str]:
    """Warnings for a new pod (there are none on updates)."""
    if old is not None:
        return ()
    found: list[str] = []
    if complaints := dns1123_label(name_of(pod)):
        text = "this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended"
        found.append(f"metadata.name: {text}: [{' '.join(complaints)}]")
    return found + _warn(pod, "", is_template=False)


def warn_about_template(template: Object | None, obj: Object, old: Object | None, path: str = "spec.template") -> list[str]:
    """Warnings for the pod template at ``path`` of an object; none if an update leaves its specification alone."""
    if not template or (old is not None and metadata(obj).get("generation") == metadata(old).get("generation")):
        return []
    return _warn(template, f"{path}.", is_template=True)


def _warn(pod: Object, prefix: str, *, is_template: bool) -> list[str]:
    spec, annotations = pod.get("spec") or {}, annotations_of(pod)
    found = _about_scheduling(spec, f"{prefix}spec")
    found += [f"{prefix}metadata.annotations[{key}]: {text}" for key, text in _ANNOTATIONS.items() if key in annotations]
    found += _about_volumes(spec, f"{prefix}spec.volumes")
    found += _about_duplicates(spec, f"{prefix}spec")
    for name in ("memory", "ephemeral-storage"):
        found += _fraction(f"{prefix}spec.overhead[{name}]", (spec.get("overhead") or {}).get(name))
    context = spec.get("securityContext") or {}
    if not context.get("seccompProfile") and SECCOMP_POD in annotations:
        found.append(f"{prefix}metadata.annotations[{SECCOMP_POD}]: {_SECCOMP}")
    for container, place in containers_with_paths(spec, f"{prefix}spec"):
        found += _about_container(container, place, prefix, annotations, context, is_template)
    found += _about_ports(spec, f"{prefix}spec")
    if (spec.get("terminationGracePeriodSeconds") or 0) < 0:
        text = "must be >= 0; negative values are invalid and will be treated as 1"
        found.append(f"{prefix}spec.terminationGracePeriodSeconds: {text}")
    return found + _about_null_selectors(spec, f"{prefix}spec.affinity")


def _about_scheduling(spec: Object, path: str) -> list[str]:
    found = [
        f"{path}.nodeSelector[{key}]: {_NODE_LABELS[key]}" for key in spec.get("nodeSelector") or () if key in _NODE_LABELS
    ]
    node = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = f"{path}.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"
    terms = (node.get("requiredDuringSchedulingIgnoredDuringExecution") or {}).get("nodeSelectorTerms") or ()
    for index, term in enumerate(terms):
        found += _about_node_term(term, f"{required}[{index}]", check_values=False)
    preferred = "preferredDuringSchedulingIgnoredDuringExecution"
    for index, weighted in enumerate(node.get(preferred) or ()):
        place = f"{path}.affinity.nodeAffinity.{preferred}[{index}].preference"
        found += _about_node_term(weighted.get("preference") or {}, place, check_values=True)
    for index, constraint in enumerate(spec.get("topologySpreadConstraints") or ()):
        place, key = f"{path}.topologySpreadConstraints[{index}]", constraint.get("topologyKey") or ""
        if key in _NODE_LABELS:
            found.append(f"{place}.topologyKey: {key} is {_NODE_LABELS[key]}")
        if constraint.get("labelSelector") is None:
            found.append(f"{place}.labelSelector: {_NO_SELECTOR}")
    return found


def _about_node_term(term: Object, path: str, *, check_values: bool) -> list[str]:
    found: list[str] = []
    for index, expression in enumerate(term.get("matchExpressions") or ()):
        place, key = f"{path}.matchExpressions[{index}]", expression.get("key") or ""
        if key in _NODE_LABELS:
            found.append(f"{place}.key: {key} is {_NODE_LABELS[key]}")
        for position, value in enumerate(expression.get("values") or () if check_values else ()):
            found += [f"{place}.values[{position}]: {value} is invalid, {text}" for text in label_value(value)]
    return found


def _about_volumes(spec: Object, path: str) -> list[str]:
    found: list[str] = []
    tokens: set[str] = set()
    for index, volume in enumerate(spec.get("volumes") or ()):
        found += [f"{path}[{index}].{shown}: {text}" for key, shown, text in _VOLUMES if volume.get(key) is not None]
        for source in (volume.get("projected") or {}).get("sources") or ():
            if source.get("serviceAccountToken") is not None:
                tokens.add(source["serviceAccountToken"].get("path") or "")
    for index, volume in enumerate(spec.get("volumes") or () if tokens else ()):
        for source in (volume.get("projected") or {}).get("sources") or ():
            for key, shown in (("configMap", "configMap"), ("secret", "secrets"), ("downwardAPI", "downwardAPI")):
                for position, item in enumerate((source.get(key) or {}).get("items") or ()):
                    if item.get("path") in tokens:
                        place = f"{path}[{index}].projected.sources.{shown}[{position}]"
                        found.append(f"{place}: has duplicated path with ServiceAccountToken {quote(item['path'])}")
    return found


def _about_duplicates(spec: Object, path: str) -> list[str]:
    found: list[str] = []
    for key, field in (("hostAliases", "ip"), ("imagePullSecrets", "name")):
        seen: set[str] = set()
        for index, item in enumerate(spec.get(key) or ()):
            value = item.get(field) or ""
            if value in seen:
                found.append(f"{path}.{key}[{index}].{field}: duplicate {field} {quote(value)}")
            seen.add(value)
    for index, item in enumerate(spec.get("imagePullSecrets") or ()):
        if not item.get("name"):
            found.append(f'{path}.imagePullSecrets[{index}].name: invalid empty name ""')
    return found


def _fraction(path: str, value: object) -> list[str]:
    amount = quantity(value)
    if not amount.milli_value() % 1000:
        return []
    return [f"{path}: fractional byte value {quote(str(amount))} is invalid, must be an integer"]


def _about_container(
    container: Object, path: str, prefix: str, annotations: dict[str, str], context: Object, is_template: bool
) -> list[str]:
    found: list[str] = []
    own, name = container.get("securityContext") or {}, container.get("name") or ""
    if not own.get("seccompProfile") and f"{SECCOMP_CONTAINER}{name}" in annotations:
        found.append(f"{prefix}metadata.annotations[{SECCOMP_CONTAINER}{name}]: {_SECCOMP}")
    unset = is_template and not context.get("appArmorProfile") and not own.get("appArmorProfile")
    if unset and f"{APP_ARMOR}{name}" in annotations:
        text = 'deprecated since v1.30; use the "appArmorProfile" field instead'
        found.append(f"{prefix}metadata.annotations[{APP_ARMOR}{name}]: {text}")
    resources = container.get("resources") or {}
    for resource in ("memory", "ephemeral-storage"):
        for kind in ("limits", "requests"):
            found += _fraction(f"{path}.resources.{kind}[{resource}]", (resources.get(kind) or {}).get(resource))
    return found + _about_env(container, path)


def _about_env(container: Object, path: str) -> list[str]:
    found: list[str] = []
    seen: set[str] = set()
    for index, variable in enumerate(container.get("env") or ()):
        name, value = variable.get("name") or "", variable.get("value") or ""
        reference = f"$({name})"
        if name in seen and (variable.get("valueFrom") is not None or value == reference or reference not in value):
            text = f"hides previous definition of {quote(name)}, which may be dropped when using apply"
            found.append(f"{path}.env[{index}]: {text}")
        seen.add(name)
    return found


def _about_ports(spec: Object, path: str) -> list[str]:
    found: list[str] = []
    seen: dict[tuple[int, str], list[tuple[str, str, int]]] = {}
    for container, place in containers_with_paths(spec, path):
        for index, port in enumerate(container.get("ports") or ()):
            here, host, number = f"{place}.ports[{index}]", port.get("hostIP") or "", port.get("hostPort") or 0
            if host and not number:
                shown = (
                    f"{{Name:{port.get('name') or ''} HostPort:0 ContainerPort:{port.get('containerPort') or 0} "
                    f"Protocol:{port.get('protocol') or ''} HostIP:{host}}}"
                )
                found.append(f"{here}: hostIP set without hostPort: {shown}")
            others = seen.setdefault((port.get("containerPort") or 0, port.get("protocol") or ""), [])
            for other, other_host, other_number in others:
                if (host, number) == (other_host, other_number):
                    found.append(f"{here}: duplicate port definition with {other}")
                elif not number or not other_number or (number == other_number and bool(host) != bool(other_host)):
                    found.append(f"{here}: overlapping port definition with {other}")
            others.append((here, host, number))
    return found


def _about_null_selectors(spec: Object, path: str) -> list[str]:
    found: list[str] = []
    affinity = spec.get("affinity") or {}
    for key in ("podAffinity", "podAntiAffinity"):
        pods = affinity.get(key) or {}
        for index, term in enumerate(pods.get("requiredDuringSchedulingIgnoredDuringExecution") or ()):
            if term.get("labelSelector") is None:
                place = f"{path}.{key}.requiredDuringSchedulingIgnoredDuringExecution[{index}].labelSelector"
                found.append(f"{place}: {_NO_SELECTOR}")
        for index, weighted in enumerate(pods.get("preferredDuringSchedulingIgnoredDuringExecution") or ()):
            if (weighted.get("podAffinityTerm") or {}).get("labelSelector") is None:
                place = (
                    f"{path}.{key}.preferredDuringSchedulingIgnoredDuringExecution[{index}].podAffinityTerm.labelSelector"
                )
                found.append(f"{place}: {_NO_SELECTOR}")
    return found
