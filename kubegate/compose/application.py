"""The composition root of the API server: options -> `Application`."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from kubegate.api.user import MASTERS
from kubegate.apiserver.audit.auditor import Auditor
from kubegate.apiserver.messages import Request, Response
from kubegate.apiserver.pipeline import Pipeline
from kubegate.apiserver.rest.parts import Parts
from kubegate.compose.audit import build_auditor
from kubegate.compose.authz import authorizer_types
from kubegate.compose.bootstrap import bootstrap
from kubegate.compose.bootstrap_manifests import create_manifests
from kubegate.compose.core import Core, build_core
from kubegate.compose.custom_kinds import establish_legacy
from kubegate.compose.internal_client import InternalClient
from kubegate.compose.options import Options
from kubegate.compose.pipeline import PipelineBuilder
from kubegate.compose.surroundings import Surroundings
from kubegate.store.interface import Store


@dataclass
class Application:
    """A running API server without its sockets: `handle` answers requests until `close`."""

    options: Options
    core: Core
    pipeline: Pipeline
    parts: Parts
    stopping: threading.Event
    auditor: Auditor | None = None
    authorizers: frozenset[str] = frozenset()
    """The types that the configuration file of authorization had at the start."""

    @property
    def store(self) -> Store:
        """Where the objects are."""
        return self.core.store

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        return self.pipeline.handle(request)

    def reload(self) -> None:
        """Read certificates, tokens and policy files anew; what is in force stays if they cannot be used (the error is
        raised)."""
        builder = PipelineBuilder(self.options, self.core, self.stopping, self.auditor, self.authorizers)
        self.pipeline, self.parts = builder.build()
        self.tell_configuration()

    def tell_configuration(self) -> None:
        """Which configuration of authorization is in force."""
        file = Path(self.options.authz.authorization_config)
        if file.is_file():  # and not: no file is named
            self.core.metrics.authorization.configured(file.read_bytes())

    def unready(self) -> None:
        """The end is near: ``/readyz`` says so, requests are answered as before."""
        self.core.draining.set()

    def stop(self) -> None:
        """End the watches; further requests are still answered."""
        self.core.draining.set()
        self.stopping.set()

    def close(self) -> None:
        """Release the store."""
        self.stop()
        self.core.store.close()


def build_application(options: Options, surroundings: Surroundings | None = None) -> Application:
    """Raises `errors.ConfigurationError` if the flags or their files cannot be used."""
    core = build_core(options.storage, options.serving, surroundings or Surroundings())
    establish_legacy(core.custom, options.admission)
    try:
        stopping, auditor = threading.Event(), build_auditor(options.audit, core.surroundings.now)
        pipeline, parts = PipelineBuilder(options, core, stopping, auditor).build()
        application = Application(options, core, pipeline, parts, stopping, auditor, authorizer_types(options.authz))
        application.tell_configuration()
        bootstrap(application.parts, options.serving, options.authn)
        administrator = InternalClient(lambda: application.pipeline, "system:admin", MASTERS)
        create_manifests(options.serving.bootstrap_manifests, administrator, application.parts.catalog)
    except BaseException:
        core.store.close()
        raise
    return application
