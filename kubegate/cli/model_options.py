"""Option models -> click options: one flag a field, by the field's name, with its description and default.

Booleans are written ``--flag``, ``--flag=true`` or ``--flag=false``, as kube-apiserver's; lists are comma-separated or the
flag repeated. A flag on the command line wins over the same flag in ``--config FILE``.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, get_args, get_origin

import click
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from kubegate.config.file import load_flags
from kubegate.errors import InvalidInput

Model = TypeVar("Model", bound=BaseModel)
Function = TypeVar("Function", bound=Callable[..., Any])
SWITCHES = frozenset({"scheduler"})
"""Written ``--x/--no-x``."""
SHORT = {"filename": "-f"}
"""Flags with a short form, as kubectl has it."""


def flag_name(field: str) -> str:
    """``secure_port`` -> ``secure-port``."""
    return field.replace("_", "-")


def model_options(*models: type[BaseModel]) -> Callable[[Function], Function]:
    """A decorator that adds all flags of the models, and ``--config``."""

    def decorate(function: Function) -> Function:
        for model in reversed(models):
            for name, info in reversed(model.model_fields.items()):
                function = _option(name, info)(function)
        return click.option("--config", "config_file", metavar="FILE", default="", help="The same flags in a YAML file.")(
            function
        )

    return decorate


def _option(name: str, info: FieldInfo) -> Callable[[Function], Function]:
    flag, text = f"--{flag_name(name)}", f"{info.description} {_default(info)}".strip()
    if name in SWITCHES:
        return click.option(f"{flag}/--no-{flag_name(name)}", name, default=None, help=text)
    if info.annotation is bool:
        return click.option(flag, name, is_flag=False, flag_value="true", default=None, metavar="BOOL", help=text)
    if get_origin(info.annotation) in (list, dict):
        forms = [flag, SHORT[name]] if name in SHORT else [flag]
        return click.option(*forms, name, multiple=True, metavar="LIST", help=text)
    return click.option(flag, name, default=None, metavar=_metavar(info), help=text)


def _metavar(info: FieldInfo) -> str:
    if choices := [str(choice) for choice in get_args(info.annotation)]:
        return "|".join(choices)
    return "INT" if info.annotation is int else "DURATION" if info.annotation is float else "TEXT"


def _default(info: FieldInfo) -> str:
    value = info.get_default(call_default_factory=True, validated_data={})
    if value in ("", [], {}, None):
        return ""
    return f"[default: {','.join(value) if isinstance(value, list) else value}]"


class Flags:
    """The flags that were given, on the command line and in ``--config FILE``, to be taken model by model."""

    def __init__(self, models: Sequence[type[BaseModel]], kind: str, config_file: str, given: Mapping[str, Any]) -> None:
        """``given`` holds click's values (None or () where a flag was not given). Raises `InvalidInput` for the file."""
        known = {flag_name(name) for model in models for name in model.model_fields}
        in_file = load_flags(config_file, kind, known) if config_file else {}
        self._values = {name.replace("-", "_"): value for name, value in in_file.items()}
        self._values.update({name: value for name, value in given.items() if value is not None and value != ()})

    def of(self, model: type[Model]) -> Model:
        """The model filled; raises `InvalidInput` naming the flags that are wrong."""
        mine = {name: _listed(model, name, self._values[name]) for name in model.model_fields if name in self._values}
        return _build(model, mine)


def _listed(model: type[BaseModel], name: str, value: Any) -> Any:
    """A list where the model wants one; whether commas separate is for the model to say (`CommaList`)."""
    if get_origin(model.model_fields[name].annotation) is not list:
        return list(value) if isinstance(value, tuple) else value
    return [str(text) for text in (value if isinstance(value, tuple | list) else [value])]


def _build(model: type[Model], values: dict[str, Any]) -> Model:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        problems = [f"--{flag_name(str(found['loc'][0]))}: {found['msg']}" for found in error.errors() if found["loc"]]
        raise InvalidInput("; ".join(problems) or str(error)) from error


class SuggestingCommand(click.Command):
    """A command that names the likely flag when one is unknown."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            known = [option for parameter in self.params for option in parameter.opts]
            near = difflib.get_close_matches(error.option_name, known, n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            raise click.UsageError(f"unknown flag: {error.option_name}{hint}", ctx) from None
