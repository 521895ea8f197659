"""What a rule of RBAC lacks to allow a request."""

from __future__ import annotations

from collections.abc import Sequence

from kubegate.analysis.explain.misses.miss import GROUP, NAME, PATH, RESOURCE, VERB
from kubegate.analysis.explain.suggest import carries_name
from kubegate.api.go import quote
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.rules import Rule, full_resource, resource_keys


def failures(rule: Rule, attributes: Attributes) -> list[tuple[str, str, str]]:
    """The conditions of a rule that the request fails: (kind, what the rule lacks, what to add where)."""
    source = rule.source
    failed = []
    if not rule.allows_verb(attributes.verb):
        lacks = f"allows {_list(source.get('verbs'))} but not {attributes.verb}"
        failed.append((VERB, lacks, f"add {quote(attributes.verb)} to the verbs of"))
    if not attributes.is_resource:
        paths = source.get("nonResourceURLs") or ()
        if not any(path == attributes.path or _covers(path, attributes.path) for path in paths):
            kind = PATH if paths else RESOURCE
            failed.append(
                (
                    kind,
                    f"covers {_list(paths)} but not {attributes.path}",
                    f"add {quote(attributes.path)} to the nonResourceURLs of",
                )
            )
            if not paths:
                failed.append((kind, "is about resources", ""))
        return failed
    if rule.groups is not None and attributes.group not in rule.groups:
        lacks = f"is for the API group {_list(source.get('apiGroups'))}, not {quote(attributes.group)}"
        failed.append((GROUP, lacks, f"add {quote(attributes.group)} to the apiGroups of"))
    resource = full_resource(attributes)
    if not set(resource_keys(resource, attributes.subresource)) & set(source.get("resources") or ()):
        lacks = f"covers {_list(source.get('resources'))} but not {resource}"
        failed.append((RESOURCE, lacks, f"add {quote(resource)} to the resources of"))
    if rule.names is not None and attributes.name not in rule.names:
        name = attributes.name if carries_name(attributes) else ""
        what = quote(name) if name else "requests without a name (list, watch, create, deletecollection)"
        lacks = f"is limited to the names {_list(source.get('resourceNames'))}, which leaves out {what}"
        remedy = f"add {quote(name)} to the resourceNames of" if name else "remove resourceNames from"
        failed.append((NAME, lacks, remedy))
    return failed


def _covers(pattern: str, path: str) -> bool:
    return pattern.endswith("*") and path.startswith(pattern.rstrip("*"))


def _list(values: Sequence[str] | None) -> str:
    return ", ".join(value or '""' for value in values or ()) or "nothing"
