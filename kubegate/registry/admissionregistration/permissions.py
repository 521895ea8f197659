"""Whoever lets a policy read params must be allowed to read them.

Source: ``pkg/registry/admissionregistration/{validating,mutating}admissionpolicy{,binding}/authz.go``.
"""

from __future__ import annotations

from kubegate.admission.rest_mapping import resource_of
from kubegate.api.field_errors import FieldError, forbidden
from kubegate.api.names import Object, split_api_version
from kubegate.api.user import User
from kubegate.authz.interface import Attributes, Decision
from kubegate.registry.interface import WriteContext

_MASTERS = "system:masters"
_EVERYTHING = "permission for all groups, versions and resources"


def check_param_kind(policy: Object, old: Object | None, context: WriteContext) -> list[FieldError]:
    """A policy with a ``paramKind`` is written by those who may get all objects of the kind."""
    kind = (policy.get("spec") or {}).get("paramKind")
    if kind is None or kind == ((old or {}).get("spec") or {}).get("paramKind"):
        return []
    _, group, version, resource = _resource(kind, context)
    if _may(context, Attributes(context.user, "get", True, group, version, resource, namespace="*", name="*")):
        return []
    why = (
        f'user {_shown(context.user)} must have "get" permission on all objects of the referenced paramKind '
        f"(kind={kind.get('kind') or ''}, apiVersion={kind.get('apiVersion') or ''})"
    )
    return [forbidden("spec.paramKind", why)]


def check_param_ref(binding: Object, old: Object | None, context: WriteContext, policies: str) -> list[FieldError]:
    """A binding with a ``paramRef`` is written by those who may get (or list) what it refers to.

    ``policies`` is the resource of the policy that it binds.
    """
    spec, before = binding.get("spec") or {}, (old or {}).get("spec") or {}
    reference, name = spec.get("paramRef"), spec.get("policyName") or ""
    if reference is None or (reference == before.get("paramRef") and name == before.get("policyName")):
        return []
    policy = None if context.cluster is None else context.cluster.get(policies, "", name)
    kind = ((policy or {}).get("spec") or {}).get("paramKind") or {}
    problem, group, version, resource = _resource(kind, context) if kind else ("", "*", "*", "*")
    verb, target = "get" if reference.get("name") else "list", reference.get("name") or ""
    namespace = reference.get("namespace") or ""
    if _may(context, Attributes(context.user, verb, True, group, version, resource, namespace=namespace, name=target)):
        return []
    who = f'user {_shown(context.user)} does not have "{verb}"'
    if policy is None:
        problem = f"get policy {name}"
    elif problem:
        problem = f"{problem} paramKind &{{{kind.get('apiVersion') or ''} {kind.get('kind') or ''}}}"
    if problem:
        why = f"unable to {problem} to determine minimum required permissions and {who} {_EVERYTHING}"
    else:
        why = f"{who} permission on the object referenced by paramRef"
    return [forbidden("spec.paramRef", why)]


def _resource(kind: Object, context: WriteContext) -> tuple[str, str, str, str]:
    """What went wrong ("" or a verb), and group, version and resource to ask for."""
    text = str(kind.get("apiVersion") or "")
    if text.count("/") > 1:
        return "parse", "*", "*", "*"
    group, version = split_api_version(text)
    found = None if context.cluster is None else resource_of(text, str(kind.get("kind") or ""), context.cluster)
    return ("resolve", group, version, "*") if found is None else ("", group, version, found.resource.resource)


def _may(context: WriteContext, attributes: Attributes) -> bool:
    if context.authorizer is None or _MASTERS in context.user.groups:
        return True
    return context.authorizer.authorize(attributes).decision is Decision.ALLOW


def _shown(user: User) -> str:
    """A user as Go prints one."""
    extra = " ".join(f"{key}:[{' '.join(values)}]" for key, values in sorted(user.extra))
    return f"&{{{user.name} {user.uid} [{' '.join(user.groups)}] map[{extra}]}}"
