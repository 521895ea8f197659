"""A suite's settings -> the gate that judges its objects."""

from __future__ import annotations

from pathlib import Path

from kubegate.analysis.admission.gate import Gate
from kubegate.api.names import Object
from kubegate.compose.admission import without_webhooks
from kubegate.compose.admit import AdmitOptions, build_gate
from kubegate.compose.dry_run import Engine
from kubegate.config.admission import AdmissionOptions
from kubegate.testing.suites.suite import Suite


def gate_of(suite: Suite, file: Path, engine: Engine) -> Gate:
    """The gate over the state of ``engine``; namespaces that cases speak of exist, unless they must be declared.

    Raises `InvalidInput` for a state that no server would hold, `ConfigurationError` for wrong settings."""
    settings = suite.spec.admissionOptions
    configuration = settings.admissionControlConfigFile
    options = AdmissionOptions(
        enable_admission_plugins=settings.enableAdmissionPlugins,
        disable_admission_plugins=settings.disableAdmissionPlugins,
        admission_control_config_file=str(file.parent / configuration) if configuration else "",
    )
    gates = {name: str(value).lower() for name, value in settings.featureGates.items()}
    return build_gate(
        AdmitOptions(
            options if settings.webhooks else without_webhooks(options),
            gates,
            settings.fieldValidation,
            settings.strictNamespaces,
            trace=False,
        ),
        engine,
        [_placeholder(name) for name in _namespaces(suite)],
    )


def _namespaces(suite: Suite) -> set[str]:
    found: set[str] = set()
    things: list[object] = []
    for case in suite.spec.admission:
        found.add(case.namespace)
        things += (case.object, case.oldObject, *case.given)
    for placed in suite.spec.scheduling:
        found.add(placed.namespace)
        things += (placed.pod, *placed.given)
    for thing in things:
        meta = thing.get("metadata") if isinstance(thing, dict) else None
        if isinstance(meta, dict) and isinstance(meta.get("namespace"), str):
            found.add(meta["namespace"])
    return found


def _placeholder(namespace: str) -> Object:
    return {"metadata": {"namespace": namespace}}
