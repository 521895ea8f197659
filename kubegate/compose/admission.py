"""Flags and configuration file -> the admission chain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from kubegate.admission import catalog
from kubegate.admission.chain import AdmissionChain
from kubegate.admission.interface import Environment, Mutator, Plugin, Validator
from kubegate.config.admission import AdmissionOptions
from kubegate.config.admission_configuration import PluginSource, describe, first_of, load, place
from kubegate.errors import ConfigurationError

_WEBHOOKS = ("MutatingAdmissionWebhook", "ValidatingAdmissionWebhook")


def build_admission(options: AdmissionOptions, environment: Environment) -> AdmissionChain:
    """The chain that the flags describe.

    The toleration flags are added to ``environment.options``. Raises `ConfigurationError` with all complaints about plugin
    names, or about the configuration file, together.
    """
    others = catalog.third_party()
    _check_names(options, set(catalog.order(others)))
    sources = load(options.admission_control_config_file)
    unknown = sorted(set(sources) - set(catalog.order(others)))
    if unknown:
        near = get_close_matches(unknown[0], catalog.order(others), 1)
        why = f"{options.admission_control_config_file}: unknown admission plugins: {', '.join(unknown)}"
        raise ConfigurationError(why, hint=f"did you mean {near[0]}?" if near else "")
    settings = {
        "default-not-ready-toleration-seconds": options.default_not_ready_toleration_seconds,
        "default-unreachable-toleration-seconds": options.default_unreachable_toleration_seconds,
    }
    environment = replace(environment, options={**settings, **environment.options})
    names = catalog.enabled(options.enable_admission_plugins, options.disable_admission_plugins, others)
    return AdmissionChain([(name, _build(name, others, sources.get(name), environment)) for name in names])


def _check_names(options: AdmissionOptions, known: set[str]) -> None:
    enable, disable = options.enable_admission_plugins, options.disable_admission_plugins
    complaints = [f'enable-admission-plugins plugin "{name}" is unknown' for name in enable if name not in known]
    complaints += [f'disable-admission-plugins plugin "{name}" is unknown' for name in disable if name not in known]
    both = sorted(set(enable) & set(disable))
    if both:
        complaints.append(f"[{' '.join(both)}] in enable-admission-plugins and disable-admission-plugins overlapped")
    if complaints:
        raise ConfigurationError("; ".join(complaints))


def _build(
    name: str, others: Mapping[str, Plugin], source: PluginSource | None, environment: Environment
) -> Mutator | Validator:
    plugin = others.get(name) or catalog.descriptor(name)
    return plugin.build(environment, _configuration(plugin, source))


def _configuration(plugin: Plugin, source: PluginSource | None) -> Any:
    if plugin.model is None or source is None or source.value is None:
        return None
    try:
        return plugin.model.model_validate(dict(source.value), context={"folder": source.file.parent})
    except ValidationError as error:
        at = place(source.file, (*source.steps, *first_of(error)))
        raise ConfigurationError(f"{at}: {plugin.name}: {describe(error)}") from None


def without_webhooks(options: AdmissionOptions) -> AdmissionOptions:
    """The webhook plugins are off unless they are asked for by name.

    The API server that asks a decision endpoint asks its other webhooks itself, and the endpoint is one of them, so that it
    would ask itself without end; a test asks nobody unless it is told to."""
    named = {*options.enable_admission_plugins, *options.disable_admission_plugins}
    off = [name for name in _WEBHOOKS if name not in named]
    return options.model_copy(update={"disable_admission_plugins": [*options.disable_admission_plugins, *off]})
