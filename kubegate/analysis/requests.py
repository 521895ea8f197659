"""``get deploy/scale web -n shop`` -> the request that it means.

Resources may be given by plural, singular, short name or kind, with their group (``deployments.apps``); kinds of
CustomResourceDefinitions among the manifests count too.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from kubegate.api.catalog import builtin
from kubegate.api.names import Object
from kubegate.api.user import User
from kubegate.authz.interface import Attributes, SelectorRequirement
from kubegate.errors import InvalidInput

RESOURCE_VERBS = (
    *("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"),
    *("use", "bind", "impersonate", "escalate", "approve", "sign", "attest", "proxy", "nominated-node-name", "*"),
)
_NEVER_LISTED = frozenset({"users", "groups"})
"""What is impersonated is no resource that a server lists."""
NON_RESOURCE_VERBS = ("get", "put", "post", "head", "options", "delete", "patch", "*")


@dataclass(frozen=True, slots=True)
class ResourceName:
    """A resource of the API."""

    group: str
    version: str
    resource: str
    namespaced: bool
    names: tuple[str, ...]
    subresources: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Question:
    """What is asked, without who asks; ``warnings`` say what was not known."""

    verb: str
    is_resource: bool = True
    group: str = ""
    resource: str = ""
    subresource: str = ""
    name: str = ""
    path: str = ""
    namespaced: bool = True
    warnings: tuple[str, ...] = ()
    label_requirements: tuple[SelectorRequirement, ...] | None = None
    field_requirements: tuple[SelectorRequirement, ...] | None = None

    def asked_by(self, user: User, namespace: str) -> Attributes:
        """The question as ``user`` asks it in a namespace ("": in all); it plays no part for cluster-scoped resources."""
        if not self.is_resource:
            return Attributes(user, self.verb, False, path=self.path)
        return Attributes(
            user,
            self.verb,
            True,
            self.group,
            "*",
            self.resource,
            self.subresource,
            namespace if self.namespaced else "",
            self.name,
            "",
            self.field_requirements,
            self.label_requirements,
        )

    def with_selectors(self, labels: str, fields: str) -> Question:
        """The question limited to what label and field selectors choose; raises `InvalidInput` for wrong ones."""
        if not labels and not fields:
            return self
        # The reader of label selectors takes long to import, and is seldom needed.
        from kubegate.authz.request_selectors import raw_fields, raw_labels

        label, field = raw_labels(labels), raw_fields(fields)
        if label.error or field.error:
            raise InvalidInput(label.error or field.error)
        return replace(self, label_requirements=label.requirements, field_requirements=field.requirements)

    @property
    def text(self) -> str:
        """``get deployments.apps/scale "web"``."""
        if not self.is_resource:
            return f"{self.verb} {self.path}"
        resource = self.resource + (f".{self.group}" if self.group else "")
        resource += f"/{self.subresource}" if self.subresource else ""
        return f'{self.verb} {resource} "{self.name}"' if self.name else f"{self.verb} {resource}"


@dataclass
class Vocabulary:
    """The resources that can be named."""

    resources: list[ResourceName] = field(default_factory=list)
    _found: dict[str, ResourceName | None] = field(default_factory=dict, repr=False, compare=False)
    _near: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, objects: Iterable[Object]) -> Vocabulary:
        """The built-in resources and those of the CustomResourceDefinitions among ``objects``."""
        known = []
        for resource in builtin():
            known.append(
                ResourceName(
                    resource.gvr.group,
                    resource.gvr.version,
                    resource.gvr.resource,
                    resource.namespaced,
                    (resource.gvr.resource, resource.singular, resource.kind.kind.lower(), *resource.short_names),
                    frozenset(resource.subresources),
                )
            )
        return cls([*known, *(name for obj in objects for name in _custom(obj))])

    @cached_property
    def groups(self) -> frozenset[str]:
        """The API groups that there are."""
        return frozenset(resource.group for resource in self.resources)

    def find(self, text: str) -> ResourceName | None:
        """The resource that ``pods``, ``po``, ``Pod``, ``deployments.apps`` or ``deployments.v1.apps`` means."""
        if text not in self._found:
            self._found[text] = self._find(text)
        return self._found[text]

    def _find(self, text: str) -> ResourceName | None:
        name, _, rest = text.lower().partition(".")
        named = [resource for resource in self.resources if name in resource.names]
        if not rest:
            return next(iter(named), None)
        exact = (resource for resource in named if rest in ("", resource.group, f"{resource.version}.{resource.group}"))
        # As kubectl has it, the beginning of a group will do.
        return next(exact, None) or next((resource for resource in named if resource.group.startswith(rest)), None)

    def near(self, text: str) -> str:
        """A known name that looks like ``text``, or ""."""
        if text not in self._near:
            names = {resource.resource for resource in self.resources}
            found = difflib.get_close_matches(text.lower(), names, n=1, cutoff=0.75)
            self._near[text] = found[0] if found else ""
        return self._near[text]


def _custom(obj: Object) -> Iterator[ResourceName]:
    if obj.get("kind") != "CustomResourceDefinition":
        return
    spec = obj.get("spec") or {}
    names = spec.get("names") or {}
    plural = names.get("plural") or ""
    known = (plural, names.get("singular") or "", str(names.get("kind") or "").lower(), *(names.get("shortNames") or ()))
    for version in (spec.get("versions") or ())[:1]:
        subresources = frozenset(version.get("subresources") or ())
        namespaced = spec.get("scope") != "Cluster"
        yield ResourceName(spec.get("group") or "", version.get("name") or "", plural, namespaced, known, subresources)


def parse_question(
    verb: str, target: str, name: str, vocabulary: Vocabulary, *, subresource: str = "", everywhere: bool = False
) -> Question:
    """The question of a command line. ``target``: ``RESOURCE``, ``RESOURCE/SUBRESOURCE``, ``RESOURCE/NAME`` or a path.
    ``everywhere``: it is meant for all namespaces, so that nothing is said of resources in none.

    What is after the slash is a subresource if the resource has one of this name. Unknown names are asked as they stand, and
    so are verbs, in which letter case counts. Raises `InvalidInput` for a path with a subresource.
    """
    if target.startswith("/"):
        if subresource:
            raise InvalidInput("--subresource can not be used with NonResourceURL")
        return Question(verb, is_resource=False, path=target, warnings=tuple(_of_verb(verb, NON_RESOURCE_VERBS)))
    text, _, after = target.partition("/")
    found = vocabulary.find(text)
    warnings = (*_of_resource(text, found, vocabulary, everywhere=everywhere), *_of_verb(verb, RESOURCE_VERBS))
    if after and not subresource:
        if found is None or after in found.subresources or name:
            subresource = after
        else:
            name = after
    resource, group = (found.resource, found.group) if found else _split(text)
    namespaced = found.namespaced if found else True
    return Question(verb, True, group, resource, subresource, name, "", namespaced, warnings)


def _of_verb(verb: str, known: tuple[str, ...]) -> Iterator[str]:
    if verb not in known:
        near = difflib.get_close_matches(verb.lower(), known, n=1)
        yield f"verb '{verb}' is not a known verb" + (f" (did you mean {near[0]}?)" if near else "")


def _of_resource(text: str, found: ResourceName | None, vocabulary: Vocabulary, *, everywhere: bool) -> Iterator[str]:
    resource, group = (found.resource, found.group) if found else _split(text)
    of_group = f" in group '{group}'" if group else ""
    if found is None:
        if resource != "*" and text not in _NEVER_LISTED:
            near = vocabulary.near(text)
            yield f"the server doesn't have a resource type '{resource}'{of_group}" + (
                f" (did you mean {near}?)" if near else ""
            )
    elif not found.namespaced and not everywhere:
        yield f"resource '{resource}' is not namespace scoped{of_group}"


def _split(text: str) -> tuple[str, str]:
    resource, _, group = text.partition(".")
    return resource, group
