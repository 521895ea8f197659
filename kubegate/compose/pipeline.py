"""The way of a request through a server, made of its flags and their files."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from kubegate.admission.interface import Environment
from kubegate.apiserver.app import Handlers, PathHandler
from kubegate.apiserver.audit.auditor import Auditor
from kubegate.apiserver.discovery.handlers import Discovery
from kubegate.apiserver.handlers.api import Api
from kubegate.apiserver.health import Health
from kubegate.apiserver.impersonation import ImpersonationStage
from kubegate.apiserver.in_flight import InFlight
from kubegate.apiserver.openapi.documents import OpenApi
from kubegate.apiserver.openid import openid_paths
from kubegate.apiserver.patcher import ObjectPatcher
from kubegate.apiserver.paths import all_paths, path_handlers
from kubegate.apiserver.pipeline import Pipeline
from kubegate.apiserver.rest.parts import Call, Parts
from kubegate.apiserver.subresources.reviews import Reviews
from kubegate.apiserver.subresources.table import subresources, unstored
from kubegate.apiserver.tokens import TokenRequests
from kubegate.apiserver.zpages import Zpages
from kubegate.authz.chain import Chain
from kubegate.authz.impersonation.impersonator import GATE, Impersonator
from kubegate.authz.interface import Attributes
from kubegate.compose.access import access_from_files
from kubegate.compose.admission import build_admission
from kubegate.compose.authn import AuthnParts, build_authn
from kubegate.compose.authz import build_authz
from kubegate.compose.cluster import StoreCluster
from kubegate.compose.core import Core
from kubegate.compose.custom_kinds import establish_access_policies
from kubegate.compose.guards import guards
from kubegate.compose.legacy_tokens import LegacyTokenUse
from kubegate.compose.options import Options
from kubegate.compose.versions import Versions
from kubegate.config.flag_texts import flag_texts
from kubegate.registry.interface import WriteContext


@dataclass
class PipelineBuilder:
    """What a reload makes anew, around a `Core` that stays. ``started``: `Application.authorizers`."""

    options: Options
    core: Core
    stopping: threading.Event
    auditor: Auditor | None
    started: frozenset[str] = frozenset()
    parts: Parts = field(init=False)

    def build(self) -> tuple[Pipeline, Parts]:
        """Raises `errors.ConfigurationError` if the flags or their files cannot be used."""
        cluster = StoreCluster(self.core.store, lambda: self.parts)
        authorizer = build_authz(
            self.options.authz,
            {"RBAC": self.core.rbac, "Node": self.core.node},
            access=lambda paths: access_from_files(paths, self.core.access, self.core.surroundings.now),
            observer=self.core.metrics.authorization,
            started=self.started,
        )
        establish_access_policies(self.core.custom, authorizer)
        authn = build_authn(
            self.options.authn,
            objects=cluster,
            now=self.core.surroundings.seconds,
            certificates_now=time.time,
            mark_used=LegacyTokenUse(cluster).note,
            always_allow="AlwaysAllow" in self.options.authz.modes,
        )
        self.parts = self._parts(cluster, authorizer)
        pipeline = Pipeline(
            authn.authenticator,
            authorizer,
            Handlers(self._api(cluster, authn, authorizer), *self._paths(authn)),
            ImpersonationStage(Impersonator(authorizer, constrained=self.options.serving.gates.get(GATE, True))),
            self.auditor,
            self.core.metrics.observe,
            InFlight(self.options.serving.max_requests_inflight, self.options.serving.max_mutating_requests_inflight),
            self.core.surroundings.around,
        )
        return pipeline, self.parts

    def _parts(self, cluster: StoreCluster, authorizer: Chain) -> Parts:
        core, gates = self.core, self.options.serving.gates

        def context(call: Call) -> WriteContext:
            return WriteContext(
                user=call.user,
                namespace=call.namespace,
                now=core.surroundings.now(),
                cluster=cluster,
                dry_run=call.dry_run,
                services=core.services,
                subresource=call.subresource,
                authorizer=authorizer,
                request=_request(call),
                gates=gates,
            )

        versions = Versions(core.catalog, core.registry_of)
        environment = Environment(
            cluster,
            authorizer,
            core.surroundings.now,
            {"feature-gates": gates},
            catalog=core.catalog,
            convert=versions.convert,
            default=versions.default,
            validate=versions.validate,
            identities=core.surroundings.identities,
        )
        return Parts(
            store=core.store,
            catalog=core.catalog,
            registry_of=core.registry_of,
            admission=build_admission(self.options.admission, environment),
            fields=core.fields,
            write_context=context,
            authorizer=authorizer,
            now=core.surroundings.now,
            guards=guards(core.rbac, authorizer),
            identities=core.surroundings.identities,
        )

    def _api(self, cluster: StoreCluster, authn: AuthnParts, authorizer: Chain) -> Api:
        core = self.core
        return Api(
            self.parts,
            core.decode,
            ObjectPatcher(core.registry_of, core.fields, core.reader_of),
            core.tables,
            virtual=unstored(Reviews(authn.authenticator, authorizer, authn.api_audiences)),
            subresources=subresources(self._tokens(cluster, authn), core.scale_paths, self.options.serving.gates),
            field_labels=core.field_labels,
            stopping=self.stopping.is_set,
        )

    def _tokens(self, cluster: StoreCluster, authn: AuthnParts) -> TokenRequests | None:
        if authn.issuer is None:
            return None
        options = self.options.authn
        return TokenRequests(
            cluster,
            authn.issuer,
            authn.api_audiences,
            self.core.surroundings.seconds,
            max_seconds=int(options.service_account_max_token_expiration),
            extend=options.service_account_extend_token_expiration,
        )

    def _paths(self, authn: AuthnParts) -> tuple[Mapping[str, PathHandler], Mapping[str, PathHandler]]:
        serving = self.options.serving
        anywhere = serving.bind_address in ("0.0.0.0", "::")
        address = serving.advertise_address or ("127.0.0.1" if anywhere else serving.bind_address)
        health = Health(self.core.works, self.core.draining.is_set)
        place = f"{address}:{serving.secure_port}"
        discovery = Discovery(self.core.catalog, place)
        openid = openid_paths(authn.issuers[0], authn.keys, self.options.authn.service_account_jwks_uri, place)
        exact, prefixes = OpenApi(self.core.catalog, lambda resource: self.core.custom.kind(resource.gvr)).handlers()
        more = {**openid, **exact, **self._zpages().handlers(), "/metrics": self.core.metrics.handle}
        return path_handlers(self.core.catalog, health, discovery, more, prefixes)

    def _zpages(self) -> Zpages:
        options, core = self.options, self.core
        return Zpages(
            core.started,
            core.surroundings.now,
            lambda: all_paths(core.catalog()),
            flag_texts(options.serving, options.storage, options.authn, options.authz, options.admission, options.audit),
        )


def _request(call: Call) -> Attributes | None:
    """What was asked of the authorizers about a client's call."""
    if not call.verb:
        return None
    gvr = call.resource.gvr
    return Attributes(
        call.user, call.verb, True, gvr.group, gvr.version, gvr.resource, call.subresource, call.namespace, call.name
    )
