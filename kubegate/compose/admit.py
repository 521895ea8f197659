"""The engine of `kubegate admit`: manifests and flags in, a `Gate` out; no server.

The state is what a cluster would make of the manifests: its namespaces and priority classes exist, every namespace has its
default service account, quotas are counted. Namespaces that objects stand in without being declared are taken to exist
(unless ``strict_namespaces``), because manifests often leave them to others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from kubegate.admission.interface import Environment
from kubegate.analysis.admission.gate import Gate
from kubegate.api.catalog import Resource
from kubegate.api.names import Object
from kubegate.api.status import Status
from kubegate.authz import escalation
from kubegate.authz.interface import Attributes
from kubegate.compose.admission import build_admission
from kubegate.compose.custom_kinds import establish_legacy
from kubegate.compose.dry_run import Engine
from kubegate.compose.manifest_cluster import ManifestCluster
from kubegate.compose.versions import Versions
from kubegate.config.admission import AdmissionOptions


@dataclass(frozen=True)
class AdmitOptions:
    """What `kubegate admit` is asked besides the policy options."""

    admission: AdmissionOptions = field(default_factory=AdmissionOptions)
    feature_gates: dict[str, str] = field(default_factory=dict)
    field_validation: str = "Strict"
    strict_namespaces: bool = False
    trace: bool = True


def build_gate(options: AdmitOptions, engine: Engine, subjects: Iterable[Object] = ()) -> Gate:
    """The gate for ``subjects``; raises `InvalidInput` for a state that no server would hold."""
    manifests = ManifestCluster()
    custom, cluster, rules = manifests.custom, manifests.objects, manifests.rules
    gates = {name: value.lower() == "true" for name, value in options.feature_gates.items()}

    versions = Versions(custom.catalog, rules)
    environment = Environment(
        cluster,
        engine.chain,
        lambda: datetime.now(UTC),
        {"feature-gates": gates},
        catalog=custom.catalog,
        convert=versions.convert,
        default=versions.default,
        validate=versions.validate,
    )
    establish_legacy(custom, options.admission)
    manifests.add_all(engine.state)
    manifests.complete(() if options.strict_namespaces else subjects)
    manifests.count_quotas(environment.now())

    def guard(attributes: Attributes, obj: Object, old: Object | None) -> Status | None:
        return escalation.check(attributes, obj, old, engine.rbac, engine.chain)

    def decode_subject(resource: Resource, obj: Object) -> tuple[Object, list[str]]:
        return manifests.decode(obj, resource, options.field_validation)

    return Gate(
        build_admission(options.admission, environment),
        rules,
        custom.catalog,
        cluster,
        engine.state,
        decode_subject,
        environment.now,
        manifests.define,
        lambda obj: manifests.add(obj, engine.state),
        options.trace,
        guard=guard,
        authorizer=engine.chain,
        gates=gates,
    )
