"""The reviews that a kube-apiserver sends for admission, as types: what does not have their shape is refused.

Fields that this endpoint does not read are ignored, null is a field that is not there, as in Go.
Source: k8s.io/api ``admission/v1``, ``imagepolicy/v1alpha1``.
"""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kubegate.admission.interface import Operation
from kubegate.api.names import GroupVersionKind, GroupVersionResource, Object
from kubegate.api.schema.decode import to_object
from kubegate.api.schema.errors import DecodeError
from kubegate.api.schema.table import builtin
from kubegate.api.status import StatusError, bad_request
from kubegate.api.user import User

Model = TypeVar("Model", bound=BaseModel)


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class KindModel(_Part):
    """A GroupVersionKind."""

    group: str | None = None
    version: str
    kind: str


class ResourceModel(_Part):
    """A GroupVersionResource."""

    group: str | None = None
    version: str
    resource: str


class UserModel(_Part):
    """Who asked the API server."""

    username: str | None = None
    uid: str | None = None
    groups: list[str] | None = None
    extra: dict[str, list[str] | None] | None = None

    def user(self) -> User:
        """As the plugins see him."""
        extra = {key: values or [] for key, values in (self.extra or {}).items()}
        return User.of(self.username or "", self.groups or (), uid=self.uid or "", extra=extra)


class AdmissionModel(_Part):
    """``request`` of an AdmissionReview."""

    uid: str = Field(min_length=1)
    kind: KindModel
    resource: ResourceModel
    subResource: str | None = None
    name: str | None = None
    namespace: str | None = None
    operation: Operation
    userInfo: UserModel | None = None
    object: dict[str, Any] | None = None
    oldObject: dict[str, Any] | None = None
    options: dict[str, Any] | None = None
    dryRun: bool | None = None

    @property
    def gvk(self) -> GroupVersionKind:
        """The kind of the objects."""
        return GroupVersionKind(self.kind.group or "", self.kind.version, self.kind.kind)

    @property
    def gvr(self) -> GroupVersionResource:
        """What the request was about."""
        return GroupVersionResource(self.resource.group or "", self.resource.version, self.resource.resource)


class ContainerModel(_Part):
    """An image that is to run."""

    image: str


class ImageModel(_Part):
    """``spec`` of an ImageReview."""

    containers: list[ContainerModel]
    annotations: dict[str, str] | None = None
    namespace: str | None = None


def read(model: type[Model], value: Any, what: str) -> Model:
    """The value as the model; raises `StatusError` (400) naming the first wrong field. ``what``: its name in messages."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join([what, *map(str, first["loc"])])
        raise StatusError(bad_request(f"{place}: {first['msg']}")) from error


def check_object(kind: GroupVersionKind, obj: Object | None, what: str) -> None:
    """Raises `StatusError` (400) if an object of a built-in kind has fields of other types; others are not known here."""
    if obj is None or builtin().kind(kind) is None:
        return
    try:
        to_object(obj, kind)
    except DecodeError as error:
        raise StatusError(bad_request(f"{what}: {error.message}")) from error
