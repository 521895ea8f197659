"""What the decision endpoint decides by: policies from files or of a cluster, in the form that the handlers ask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from kubegate.admission.chain import AdmissionChain
from kubegate.admission.interface import Cluster, Environment
from kubegate.admission.memory import MemoryCluster
from kubegate.api.catalog import builtin
from kubegate.api.names import Object, kind_of
from kubegate.authz.interface import Authorizer
from kubegate.compose.access import access_from_files
from kubegate.compose.admission import build_admission, without_webhooks
from kubegate.compose.authz import build_authz
from kubegate.compose.dry_run import DryRunOptions, Engine, build_engine
from kubegate.compose.endpoint_options import EndpointOptions
from kubegate.compose.live import LiveCluster
from kubegate.compose.versions import Versions
from kubegate.errors import ConfigurationError
from kubegate.registry.catalog import build_registry
from kubegate.webhook.policy import PolicyHolder


@dataclass(frozen=True, slots=True)
class Policies:
    """One load: who decides on access, who on objects, and the objects that both read."""

    authorizer: Authorizer
    chain: AdmissionChain
    cluster: Cluster


@dataclass(frozen=True, slots=True)
class CurrentObjects:
    """The objects of the load in force, for authenticators, which are made once."""

    policies: PolicyHolder[Policies]

    def get(self, resource: str, namespace: str, name: str) -> Object | None:
        """The object, or None."""
        return self.policies.current.content.cluster.get(resource, namespace, name)


def from_files(options: EndpointOptions) -> Policies:
    """The manifests, read once for all; raises `KubegateError`."""
    engine = engine_of(options, options.webhook.filename)
    cluster = cluster_of(engine.state)
    return Policies(engine.chain, _admission(options, cluster, engine.chain), cluster)


def of_cluster(options: EndpointOptions, live: LiveCluster) -> Policies:
    """The cluster's own policies, as far as they are known, in the modes of the flags; raises `ConfigurationError`."""

    def access(paths: Sequence[str]) -> Authorizer:
        if live.access is None:  # the configuration was changed
            raise ConfigurationError(
                "AccessPolicies of a cluster are followed only where they decide from the start",
                hint="start the endpoint anew",
            )
        return access_from_files(paths, live.access)

    authorizer = build_authz(options.authz, {"RBAC": live.rbac, "Node": live.node}, access)
    return Policies(authorizer, _admission(options, live.objects, authorizer), live.objects)


def engine_of(options: EndpointOptions, filenames: Iterable[str]) -> Engine:
    """The authorizers over manifests; raises `KubegateError`."""
    authz = options.authz
    return build_engine(
        DryRunOptions(
            filenames=tuple(filenames),
            authorization_mode=tuple(authz.authorization_mode),
            authorization_policy_file=authz.authorization_policy_file,
            access_policy_file=tuple(authz.access_policy_file),
            authorization_config=authz.authorization_config,
            authorization_webhook_config_file=authz.authorization_webhook_config_file,
        )
    )


def cluster_of(objects: Iterable[Object]) -> MemoryCluster:
    """The objects of built-in kinds, for admission plugins and authenticators to read."""
    cluster, kinds = MemoryCluster(), builtin()
    for obj in objects:
        resource = kinds.by_kind(kind_of(obj))
        if resource is not None:
            cluster.put(resource.key, obj)
    return cluster


def _admission(options: EndpointOptions, cluster: Cluster, authorizer: Authorizer) -> AdmissionChain:
    registry = build_registry()
    versions = Versions(builtin, lambda _: registry)
    environment = Environment(
        cluster,
        authorizer,
        lambda: datetime.now(UTC),
        convert=versions.convert,
        default=versions.default,
        validate=versions.validate,
    )
    return build_admission(without_webhooks(options.admission), environment)
