"""The AuthorizationConfiguration kind (apiserver.config.k8s.io v1, v1beta1, v1alpha1: the same fields).

Source: KEP-3221; k8s.io/apiserver ``pkg/apis/apiserver``. Durations are nanoseconds; a field that is absent has the
server's default.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from kubegate.api.duration import MINUTE, SECOND, parse_duration
from kubegate.api.go_json import type_error
from kubegate.config.versioned import load_versioned
from kubegate.errors import ConfigurationError, InvalidInput

KIND = "AuthorizationConfiguration"
VERSIONS = tuple(f"apiserver.config.k8s.io/{version}" for version in ("v1", "v1beta1", "v1alpha1"))
_SCHEME = "k8s.io/apiserver/pkg/apis/apiserver/load/load.go:32"


def _duration(value: Any) -> Any:
    if value is not None and not isinstance(value, str):
        raise ValueError(type_error(value, "", "string"))
    try:
        return parse_duration(value or "")
    except InvalidInput as error:
        raise ValueError(error.message) from error


def _default(nanoseconds: int) -> AfterValidator:
    return AfterValidator(lambda value: value or nanoseconds)


Duration = Annotated[int, BeforeValidator(_duration)]
"""Nanoseconds, written as ``3s``; a text, no number."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class MatchConditionSpec(_Strict):
    """A CEL expression over the review; all must hold for the webhook to be asked."""

    go_name: ClassVar[str] = "WebhookMatchCondition"

    expression: str = ""


class ConnectionInfo(_Strict):
    """Where the webhook is: ``KubeConfigFile`` (with the file) or ``InClusterConfig``."""

    go_name: ClassVar[str] = "WebhookConnectionInfo"

    type: str = ""
    kubeConfigFile: str | None = None


class WebhookSpec(_Strict):
    """The settings of one Webhook authorizer."""

    go_name: ClassVar[str] = "WebhookConfiguration"

    authorizedTTL: Annotated[Duration, _default(5 * MINUTE)] = 5 * MINUTE
    cacheAuthorizedRequests: bool = True
    unauthorizedTTL: Annotated[Duration, _default(30 * SECOND)] = 30 * SECOND
    cacheUnauthorizedRequests: bool = True
    timeout: Duration = 0
    subjectAccessReviewVersion: str = ""
    matchConditionSubjectAccessReviewVersion: str = ""
    failurePolicy: str = ""
    connectionInfo: ConnectionInfo = Field(default_factory=ConnectionInfo)
    matchConditions: list[MatchConditionSpec] = Field(default_factory=list)


class AccessPolicyFiles(_Strict):
    """Where AccessPolicies are, besides those of the API: files or directories."""

    go_name: ClassVar[str] = "AccessPolicyFiles"

    paths: list[str] = Field(default_factory=list)


class AuthorizerSpec(_Strict):
    """One member of the chain; ``webhook`` goes with type Webhook, ``accessPolicy`` with our own type AccessPolicy."""

    go_name: ClassVar[str] = "AuthorizerConfiguration"

    type: str = ""
    name: str = ""
    webhook: WebhookSpec | None = None
    accessPolicy: AccessPolicyFiles | None = None


class AuthorizationConfiguration(_Strict):
    """The chain, in order."""

    go_name: ClassVar[str] = "AuthorizationConfiguration"

    authorizers: list[AuthorizerSpec] = Field(default_factory=list)


def load_authorization_configuration(path: str) -> AuthorizationConfiguration:
    """Read a file; raises `ConfigurationError` if it cannot be decoded (its content is judged by ``validate``)."""
    try:
        if not Path(path).stat().st_size:
            return AuthorizationConfiguration()
    except OSError:
        pass  # told below
    try:
        return load_versioned(path, KIND, dict.fromkeys(VERSIONS, AuthorizationConfiguration), scheme=_SCHEME)
    except ConfigurationError as error:
        raise ConfigurationError(f"failed to load {KIND} from file: {error}") from error
