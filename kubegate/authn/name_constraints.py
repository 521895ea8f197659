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
    if matches is None:
        return ""
    for constraint in excluded:
        if type(constraint) is kind and matches(name.value, constraint.value):
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
