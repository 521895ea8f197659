"""Cases about admission: what becomes of an object that somebody writes, deletes or connects to."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from kubegate.testing.cases.strict import Strict

Thing = dict[str, Any] | str


class AdmissionSettings(Strict):
    """How admission is set up; the names are those of kube-apiserver's flags."""

    enableAdmissionPlugins: list[str] = Field(default_factory=list)
    disableAdmissionPlugins: list[str] = Field(default_factory=list)
    admissionControlConfigFile: str = ""
    featureGates: dict[str, bool] = Field(default_factory=dict)
    fieldValidation: Literal["Strict", "Warn", "Ignore"] = "Strict"
    """What becomes of unknown fields."""

    webhooks: bool | None = None
    """Whether the webhooks that the manifests configure are asked. Without it they are not, and where there are some, what
    is admitted is told to be admitted without them."""

    strictNamespaces: bool = False
    """Namespaces that no manifest declares do not exist."""


class AdmissionCase(Strict):
    """A request and what admission makes of it. Every case begins with the state of ``policies`` and ``objects``: what one
    case admits, the next does not see."""

    name: str = ""
    user: str = ""
    """One of ``users`` or a user's name; without it the administrator (group system:masters)."""

    operation: Literal["create", "update", "patch", "delete", "connect"] | None = None
    """Without it: ``update`` if there is an ``oldObject``, else ``create``. A ``patch`` is admitted as an update."""

    checkAccess: bool = False
    """Whether the user must also be allowed to make the request, as a server asks before admission."""

    object: Thing | None = None
    """The object, or ``KIND/NAME`` of one in the state (``Deployment/web``, ``deployments.apps/web``)."""

    objectFile: str = ""
    """A file of manifests instead; with several objects each is a case of its own."""

    change: dict[str, Any] = Field(default_factory=dict)
    """What is different in the object (on an update without object: in the old one): a strategic merge patch, of custom
    kinds a JSON merge patch."""

    oldObject: Thing | None = None
    """What is there before an update or deletion; without it, the object of this name in the state."""

    oldObjectFile: str = ""
    given: list[dict[str, Any]] = Field(default_factory=list)
    """Objects that the administrator creates first, through admission as well (they use up quota, for instance)."""

    namespace: str = "default"
    """Where objects are that name no namespace."""

    subresource: str = ""
    body: dict[str, Any] | None = None
    """What is sent to a subresource that has a kind of its own (Scale, Eviction, Binding ...) of the object."""

    options: dict[str, Any] = Field(default_factory=dict)
    """Of a deletion the DeleteOptions, of a connection what it is asked for (``container: c``)."""

    pods: bool = True
    """Whether the pods that the object would make are judged as well."""

    admitted: bool | None = None
    """Without it: true, unless something is said about a refusal."""

    message: str | None = None
    """The refusal's message, exactly."""

    messageContains: str | None = None
    code: int | None = None
    reason: str | None = None
    """The refusal's reason: ``Forbidden``, ``Invalid`` ..."""

    decidedBy: str | None = None
    """A part of what decided on the refusal: plugin, object, path (``PodSecurity: Namespace shop``,
    ``ValidatingAdmissionPolicy: ValidatingAdmissionPolicy labels spec.validations[0]``)."""

    mutated: dict[str, Any] | None = None
    """A part of the resulting object. Of lists whose items have a ``name`` (or ``key``, ``type`` ...) the items named; other
    lists completely. null: the field is absent."""

    mutatedExactly: dict[str, Any] | None = None
    """The whole resulting object, but for uid, creationTimestamp and resourceVersion, which change from run to run."""

    mutatedPod: dict[str, Any] | None = None
    """A part of the pod that the object would make."""

    changedBy: list[str] | None = None
    """The plugins that change the object, in their order; none: ``[]``."""

    warnings: list[str] | None = None
    """All warnings, in any order; none: ``[]``."""

    warningsContain: list[str] = Field(default_factory=list)
    """Parts of warnings, each of which is in one of them."""

    auditAnnotations: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits(self) -> AdmissionCase:
        if self.object is not None and self.objectFile:
            raise ValueError("give object or objectFile, not both")
        if self.oldObject is not None and self.oldObjectFile:
            raise ValueError("give oldObject or oldObjectFile, not both")
        if self.object is None and not self.objectFile and not self.has_old:
            raise ValueError("give object or objectFile")
        if self.admitted and (self._refusal or self.decidedBy):
            raise ValueError("what is admitted has no message, code or reason of a refusal")
        if self.expects_admission is False and (self.mutated or self.mutatedExactly or self.mutatedPod):
            raise ValueError("what is refused is not mutated")
        return self

    @property
    def has_old(self) -> bool:
        return self.oldObject is not None or bool(self.oldObjectFile)

    @property
    def verb(self) -> str:
        """The operation."""
        return self.operation or ("update" if self.has_old else "create")

    @property
    def _refusal(self) -> bool:
        return any(part is not None for part in (self.message, self.messageContains, self.code, self.reason))

    @property
    def expects_admission(self) -> bool:
        """Whether the request is to be admitted."""
        return self.admitted if self.admitted is not None else not (self._refusal or self.decidedBy is not None)
