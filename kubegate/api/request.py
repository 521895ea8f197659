"""What a request asks for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """A resource or non-resource request, as the URL and method say.

    Source: k8s.io/apiserver ``request.RequestInfo``. For a non-resource request only ``path`` and ``verb`` count
    (the verb is then the lower-case HTTP method). ``label_selector`` and ``field_selector`` are the raw strings.
    """

    is_resource: bool
    path: str
    verb: str
    group: str = ""
    version: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    label_selector: str = ""
    field_selector: str = ""
