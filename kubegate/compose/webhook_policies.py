"""What the decision endpoint decides by: policies from files or of a cluster, in the form that the handlers ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from kubegate.admission.chain import AdmissionChain
from kubegate.admission.interface import Cluster, Environment
from kubegate.api.catalog import Catalog, builtin
from kubegate.api.names import Object
from kubegate.authz.interface import Authorizer
from kubegate.compose.access import access_from_files
from kubegate.compose.admission import build_admission, without_webhooks
from kubegate.compose.authz import build_authz
from kubegate.compose.custom_kinds import establish_legacy
from kubegate.compose.dry_run import DryRunOptions, Engine, build_engine
from kubegate.compose.endpoint_options import EndpointOptions
from kubegate.compose.live import LiveCluster
from kubegate.compose.manifest_cluster import ManifestCluster, Presuming
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
    manifests = ManifestCluster()
    establish_legacy(manifests.custom, options.admission)
    manifests.add_all(engine.state, without="rbac.authorization.k8s.io")  # there may be many, and only authorizers read them
    versions = Versions(manifests.custom.catalog, manifests.rules)
    # Only admission takes what is not declared to exist: authenticators look for the accounts that are there.
    chain = _admission(options, Presuming(manifests.objects), engine.chain, versions, manifests.custom.catalog)
    return Policies(engine.chain, chain, manifests.objects)


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
    registry = build_registry()
    versions = Versions(builtin, lambda _: registry)
    return Policies(authorizer, _admission(options, live.objects, authorizer, versions), live.objects)


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


def _admission(
    options: EndpointOptions,
    cluster: Cluster,
    authorizer: Authorizer,
    versions: Versions,
    catalog: Callable[[], Catalog] = builtin,
) -> AdmissionChain:
    environment = Environment(
        cluster,
        authorizer,
        lambda: datetime.now(UTC),
        catalog=catalog,
        convert=versions.convert,
        default=versions.default,
        validate=versions.validate,
    )
    return build_admission(without_webhooks(options.admission), environment)
