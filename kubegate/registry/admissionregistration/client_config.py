"""Where a webhook is: a URL or a service.

Source: k8s.io/apiserver ``pkg/util/webhook``.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from kubegate.api.field_errors import FieldError, invalid, required
from kubegate.api.names import Object
from kubegate.cel.library import go_url
from kubegate.registry.validation.basics import between, check_required
from kubegate.registry.validation.names import dns1123_subdomain

_FORM = "; desired format: https://host[/path]"


def check_client_config(errors: list[FieldError], path: str, config: Object) -> None:
    """Complain about a client configuration."""
    url, service = config.get("url"), config.get("service")
    if (url is None) == (service is None):
        errors.append(required(path, "exactly one of url or service is required"))
    elif url is not None:
        check_url(errors, f"{path}.url", url)
    elif service is not None:
        check_service(errors, f"{path}.service", service)


def check_url(errors: list[FieldError], path: str, url: str) -> None:
    """Complain about a URL that is not plain https."""
    try:
        go_url.parse(url)
        parts = urlsplit(url)
    except (go_url.UrlError, ValueError) as error:
        errors.append(required(path, f"url must be a valid URL: {error}{_FORM}"))
        return
    user, at, host = parts.netloc.rpartition("@")
    if parts.scheme != "https":
        errors.append(invalid(path, parts.scheme, f"'https' is the only allowed URL scheme{_FORM}"))
    if not host:
        errors.append(invalid(path, "", f"host must be specified{_FORM}"))
    if at:
        errors.append(invalid(path, user, "user information is not permitted in the URL"))
    if parts.fragment:
        errors.append(invalid(path, parts.fragment, "fragments are not permitted in the URL"))
    if parts.query:
        errors.append(invalid(path, parts.query, "query parameters are not permitted in the URL"))


def check_service(errors: list[FieldError], path: str, service: Object) -> None:
    """Complain about a reference to a service."""
    check_required(errors, path, service, "name", "namespace")
    port = service.get("port") or 0
    if not 1 <= port <= 65535:
        errors.append(invalid(f"{path}.port", port, f"port is not valid: {between(1, 65535)}"))
    target = service.get("path")
    if target in (None, "", "/"):
        return
    place = f"{path}.path"
    if target == "//":
        errors.append(invalid(place, target, "segment[0] may not be empty"))
        return
    if not target.startswith("/"):
        errors.append(invalid(place, target, "must start with a '/'"))
    for index, step in enumerate(target[1:].removesuffix("/").split("/")):
        if not step:
            errors.append(invalid(place, target, f"segment[{index}] may not be empty"))
            continue
        errors += [invalid(place, target, f"segment[{index}]: {text}") for text in dns1123_subdomain(step)]
