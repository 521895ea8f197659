"""The options of a write: what the query (and, for DELETE, the body) says besides the object.

Source: apimachinery ``meta/v1`` CreateOptions, UpdateOptions, PatchOptions, DeleteOptions and their validation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kubegate.api import status as statuses
from kubegate.api.field_errors import FieldError, forbidden, invalid, not_supported, required, too_long
from kubegate.api.names import Object
from kubegate.api.status import StatusError
from kubegate.apiserver.request_info import is_true
from kubegate.apiserver.rest.list_options import integer

Query = Mapping[str, Sequence[str]]
_VALIDATIONS = ("", "Ignore", "Strict", "Warn")
_POLICIES = ("Foreground", "Background", "Orphan", "nil")
_LONGEST_MANAGER = 128


def write_options(kind: str, query: Query) -> Object:
    """CreateOptions, UpdateOptions or PatchOptions; raises 422."""
    options: Object = {"kind": kind, "apiVersion": "meta.k8s.io/v1"}
    if "dryRun" in query:
        options["dryRun"] = list(query["dryRun"])
    for name in ("fieldManager", "fieldValidation"):
        if values := query.get(name):
            options[name] = values[0]
    if kind == "PatchOptions" and (values := query.get("force")):
        options["force"] = is_true(values)
    return options


def check_write_options(kind: str, options: Object, *, apply: bool = False) -> None:
    """Raise 422 for options that are not valid."""
    errors = _dry_run_errors(options)
    manager = options.get("fieldManager") or ""
    if kind == "PatchOptions":
        if apply and not manager:
            errors.append(required("fieldManager", "is required for apply patch"))
        if not apply and options.get("force") is not None:
            errors.insert(0, forbidden("force", "may not be specified for non-apply patch"))
    errors += _manager_errors(manager)
    validation = options.get("fieldValidation") or ""
    if validation not in _VALIDATIONS:
        errors.append(not_supported("fieldValidation", validation, _VALIDATIONS))
    refuse(kind, errors)


def refuse(kind: str, errors: list[FieldError]) -> None:
    """Raise the 422 of an options object if there are errors."""
    if errors:
        raise StatusError(statuses.invalid("meta.k8s.io", kind, "", errors))


def _dry_run_errors(options: Object) -> list[FieldError]:
    wanted = options.get("dryRun") or []
    return [] if set(wanted) <= {"All"} else [not_supported("dryRun", wanted, ["All"])]


def _manager_errors(manager: str) -> list[FieldError]:
    errors = []
    if len(manager.encode()) > _LONGEST_MANAGER:
        errors.append(too_long("fieldManager", _LONGEST_MANAGER))
    if not manager.isprintable():
        errors.append(invalid("fieldManager", manager, "should only contain printable characters"))
    return errors


def delete_options(query: Query, body: Object | None) -> Object:
    """DeleteOptions from the body, or else from the query; raises 400 or 422."""
    options = dict(body) if body is not None else _delete_query(query)
    options = {"kind": "DeleteOptions", "apiVersion": "meta.k8s.io/v1", **options}
    errors = []
    policy = options.get("propagationPolicy")
    if policy is not None and options.get("orphanDependents") is not None:
        errors.append(invalid("propagationPolicy", policy, "orphanDependents and deletionPropagation cannot be both set"))
    if policy is not None and policy not in _POLICIES[:3]:
        errors.append(not_supported("propagationPolicy", policy, _POLICIES))
    refuse("DeleteOptions", errors + _dry_run_errors(options))
    return options


def _delete_query(query: Query) -> Object:
    options: Object = {}
    if query.get("gracePeriodSeconds"):
        options["gracePeriodSeconds"] = integer(query, "gracePeriodSeconds")
    if values := query.get("propagationPolicy"):
        options["propagationPolicy"] = values[0]
    if values := query.get("orphanDependents"):
        options["orphanDependents"] = is_true(values)
    if "dryRun" in query:
        options["dryRun"] = list(query["dryRun"])
    return options


def dry_run(options: Object) -> bool:
    """Nothing is to be stored."""
    return bool(options.get("dryRun"))


def manager_of(options: Object, user_agent: str) -> str:
    """Who manages the fields of a write: the option, else the beginning of the user agent."""
    if manager := options.get("fieldManager"):
        return str(manager)
    prefix = user_agent.partition("/")[0]
    printable = "".join(char for char in prefix if char.isprintable())
    return printable.encode()[:_LONGEST_MANAGER].decode(errors="ignore")
