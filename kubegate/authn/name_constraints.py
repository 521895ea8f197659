"""Name constraints of an authority (RFC 5280 4.2.1.10) against the alternative names below it, as Go checks them.

Go looks at DNS names, e-mail addresses, URIs and IP addresses in subjectAltName; the subject itself is not constrained.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509

_KINDS: tuple[type[x509.GeneralName], ...] = (
    x509.DNSName,
    x509.RFC822Name,
    x509.UniformResourceIdentifier,
    x509.IPAddress,
)
_WORDS = {
    x509.DNSName: "DNS name",
    x509.RFC822Name: "email address",
    x509.UniformResourceIdentifier: "URI",
    x509.IPAddress: "IP address",
}


def violation(authority: x509.Extensions, below: Sequence[x509.Extensions]) -> str:
    """Go's message if a name in ``below`` is not allowed by ``authority``'s constraints, else ""."""
    try:
        extension = authority.get_extension_for_class(x509.NameConstraints)
    except x509.ExtensionNotFound:
        return ""
    permitted, excluded = list(extension.value.permitted_subtrees or ()), list(extension.value.excluded_subtrees or ())
    if extension.critical and any(not isinstance(name, _KINDS) for name in permitted + excluded):
        return "x509: unhandled critical extension"
    for extensions in below:
        for name in _alternative_names(extensions):
            text = _complaint(name, permitted, excluded)
            if text:
                return f"x509: a root or intermediate certificate is not authorized to sign for this name: {text}"
    return ""


def _alternative_names(extensions: x509.Extensions) -> list[x509.GeneralName]:
    try:
        return list(extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        return []


def _complaint(name: x509.GeneralName, permitted: list[x509.GeneralName], excluded: list[x509.GeneralName]) -> str:
    kind = type(name)
    matches = _MATCH.get(kind)
    constraints = [constraint for constraint in (*permitted, *excluded) if type(constraint) is kind]
    if matches is None or not constraints:
        return ""
    if kind is x509.UniformResourceIdentifier and (text := _without_a_host(name.value)):
        return text
    for constraint in excluded:
        if type(constraint) is kind and (matches(name.value, constraint.value) or _covers(name, constraint)):
            return f'{_WORDS[kind]} "{name.value}" is excluded by constraint "{constraint.value}"'
    allowed = [constraint for constraint in permitted if type(constraint) is kind]
    if allowed and not any(matches(name.value, constraint.value) for constraint in allowed):
        return f'{_WORDS[kind]} "{name.value}" is not permitted by any constraint'
    return ""


def _dns(name: str, constraint: str) -> bool:
    """``example.com`` covers itself and everything below, ``.example.com`` only what is below, "" everything."""
    if not constraint:
        return True
    name, constraint = name.lower(), constraint.lower()
    if constraint.startswith("."):
        return name.endswith(constraint)
    return name == constraint or name.endswith("." + constraint)


def _covers(name: x509.GeneralName, excluded: x509.GeneralName) -> bool:
    """Whether a wildcard stands for an excluded DNS name: ``*.example.com`` for ``test.example.com`` (CVE-2025-61727)."""
    if not isinstance(name, x509.DNSName) or not name.value.startswith("*"):
        return False
    parents = [value.lower().partition(".")[2] for value in (name.value, excluded.value)]
    return parents[0] == parents[1] != ""


def _without_a_host(uri: str) -> str:
    """Go's message for a URI that no constraint can be held against: one without a host, or with an address as its host.
    An address in brackets may end with a zone that looks like a domain (CVE-2024-45341)."""
    try:
        parts = urlsplit(uri)
        host = parts.hostname or ""
    except ValueError as error:
        return f'cannot parse URI "{uri}": {error}'
    if not host:
        return f'URI with empty host ("{uri}") cannot be matched against constraints'
    if "[" in parts.netloc or _is_address(host):
        return f'URI with IP ("{uri}") cannot be matched against constraints'
    return ""


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _host(name: str, constraint: str) -> bool:
    """For hosts of URIs and e-mail: without a leading dot the constraint means exactly that host."""
    if constraint.startswith("."):
        return name.lower().endswith(constraint.lower())
    return name.lower() == constraint.lower()


def _email(name: str, constraint: str) -> bool:
    if "@" in constraint:
        local, _, domain = constraint.rpartition("@")
        mine, _, host = name.rpartition("@")
        return local == mine and domain.lower() == host.lower()
    return not constraint or _host(name.rpartition("@")[2], constraint)


def _uri(name: str, constraint: str) -> bool:
    return not constraint or _host(urlsplit(name).hostname or "", constraint)


def _ip(name: Any, constraint: Any) -> bool:
    network = ipaddress.ip_network(constraint)
    return name.version == network.version and name in network


_MATCH: dict[type[x509.GeneralName], Callable[[Any, Any], bool]] = {
    x509.DNSName: _dns,
    x509.RFC822Name: _email,
    x509.UniformResourceIdentifier: _uri,
    x509.IPAddress: _ip,
}
