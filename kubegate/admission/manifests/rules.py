"""What objects from manifests may not do beyond what the API asks of them: nothing in them may depend on the cluster.

Source: k8s.io/apiserver ``pkg/admission/plugin/{policy,webhook}/manifest/loader``.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubegate.api.go import quote
from kubegate.api.names import Object, kind_of, name_of
from kubegate.errors import ConfigurationError

SUFFIX = ".static.k8s.io"


def check_name(name: str, file: str, seen: dict[str, str]) -> None:
    """Every object is named, under the reserved suffix, once; ``seen`` gathers names. Raises `ConfigurationError`."""
    if not name:
        raise ConfigurationError(f"resource in file {quote(file)} must have a name")
    if not name.endswith(SUFFIX):
        raise ConfigurationError(f"{quote(name)} in file {quote(file)} must have a name ending with {quote(SUFFIX)}")
    if name in seen:
        where = f"(previously seen in {quote(seen[name])})"
        raise ConfigurationError(f"duplicate name {quote(name)} found in file {quote(file)} {where}")
    seen[name] = file


def check_object(obj: Object, file: str) -> None:
    """Raises `ConfigurationError` for params, and for webhooks that are services of the cluster."""
    kind, name, spec = kind_of(obj).kind, name_of(obj), obj.get("spec") or {}
    for hook in obj.get("webhooks") or ():
        _check_client(hook, f"webhook {quote(str(hook.get('name') or ''))} in {quote(name)} (file {quote(file)})")
    if kind.endswith("PolicyBinding"):
        _check_binding(name, spec)
    elif spec.get("paramKind") is not None:
        raise ConfigurationError(f"{kind} {quote(name)}: spec.paramKind is not supported for static manifests")


def _check_client(hook: Object, what: str) -> None:
    client = hook.get("clientConfig") or {}
    if client.get("service") is not None:
        advice = "use clientConfig.url instead"
        raise ConfigurationError(f"{what}: clientConfig.service is not supported for static manifests; {advice}")
    if not client.get("url"):
        raise ConfigurationError(f"{what}: clientConfig.url is required for static manifests")


def _check_binding(name: str, spec: Object) -> None:
    policy = str(spec.get("policyName") or "")
    if not policy:
        raise ConfigurationError(f"binding {quote(name)} must reference a policy (spec.policyName)")
    if not policy.endswith(SUFFIX):
        raise ConfigurationError(f"binding {quote(name)}: spec.policyName {quote(policy)} must end with {quote(SUFFIX)}")
    if spec.get("paramRef") is not None:
        raise ConfigurationError(f"binding {quote(name)}: spec.paramRef is not supported for static manifests")


def check_references(policies: Iterable[Object], bindings: Iterable[Object]) -> None:
    """Every binding is of a policy that is there. Raises `ConfigurationError`."""
    names = {name_of(policy) for policy in policies}
    for binding in bindings:
        policy = str(binding["spec"]["policyName"])
        if policy not in names:
            what = f"binding {quote(name_of(binding))} references policy {quote(policy)}"
            raise ConfigurationError(f"{what} which does not exist in the manifest directory")
