"""The world of `kubegate escalate`: the engine of the dry run, and the gate that admission is asked through."""

from __future__ import annotations

from dataclasses import replace

from kubegate.analysis.escalation.paths import world_of
from kubegate.analysis.escalation.trial import Trial, minds_who
from kubegate.analysis.escalation.world import World
from kubegate.compose.admission import without_webhooks
from kubegate.compose.admit import AdmitOptions, build_gate
from kubegate.compose.dry_run import RBAC_GROUP, RBAC_KINDS, Engine


def build_world(engine: Engine, options: AdmitOptions | None) -> World:
    """Everybody whom the policies know; without ``options``, admission is not asked.

    Webhooks are asked only where ``options`` enable them by name: a search should not send what it makes up to anybody."""
    if options is None:
        return world_of(engine.chain, engine.rbac, engine.state)
    quiet = replace(options, admission=without_webhooks(options.admission), trace=False)
    # Roles and bindings need not be decoded: admission is shown those that are written.
    state = engine.state.excluding(engine.state.of_kind(RBAC_GROUP, *RBAC_KINDS))
    gate = build_gate(quiet, replace(engine, state=state), engine.state)
    configured = bool(options.admission.admission_control_config_file)
    trial = Trial(gate, minds=minds_who(gate, configured=configured))
    return world_of(engine.chain, engine.rbac, engine.state, trial)
