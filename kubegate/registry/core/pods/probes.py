"""Probes, lifecycle hooks and their handlers."""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, forbidden, invalid, not_supported, required
from kubegate.api.names import Object
from kubegate.registry.validation.basics import check_nonnegative, check_port
from kubegate.registry.validation.names import http_header
from kubegate.registry.validation.ports import check_port_or_name

_PROBE_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
_HOOK_HANDLERS = ("exec", "httpGet", "tcpSocket", "sleep")
_NUMBERS = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
_SIGNALS = (
    frozenset(
        """SIGABRT SIGALRM SIGBUS SIGCHLD SIGCLD SIGCONT SIGFPE SIGHUP SIGILL SIGINT SIGIO SIGIOT SIGKILL SIGPIPE SIGPOLL
    SIGPROF SIGPWR SIGQUIT SIGSEGV SIGSTKFLT SIGSTOP SIGSYS SIGTERM SIGTRAP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGUSR1
    SIGUSR2 SIGVTALRM SIGWINCH SIGXCPU SIGXFSZ SIGRTMIN SIGRTMAX""".split()  # noqa: SIM905
    )
    | {f"SIGRTMIN+{n}" for n in range(1, 16)}
    | {f"SIGRTMAX-{n}" for n in range(1, 15)}
)


def check_probes(errors: list[FieldError], path: str, container: Object, grace: int | None) -> None:
    """Complain about the three probes of a container; ``grace`` is the pod's termination grace period."""
    for key in ("livenessProbe", "readinessProbe", "startupProbe"):
        probe = container.get(key)
        if probe is None:
            continue
        place = f"{path}.{key}"
        _check_probe(errors, place, probe, grace)
        if key == "readinessProbe":
            seconds = probe.get("terminationGracePeriodSeconds")
            if seconds is not None:
                text = "must not be set for readinessProbes"
                errors.append(invalid(f"{place}.terminationGracePeriodSeconds", seconds, text))
        elif (probe.get("successThreshold") or 0) != 1:
            errors.append(invalid(f"{place}.successThreshold", probe.get("successThreshold") or 0, "must be 1"))


def _check_probe(errors: list[FieldError], path: str, probe: Object, grace: int | None) -> None:
    _check_handler(errors, path, probe, _PROBE_HANDLERS, grace)
    check_nonnegative(errors, path, probe, *_NUMBERS)
    seconds = probe.get("terminationGracePeriodSeconds")
    if seconds is not None and seconds <= 0:
        errors.append(invalid(f"{path}.terminationGracePeriodSeconds", seconds, "must be greater than 0"))


def check_lifecycle(errors: list[FieldError], path: str, lifecycle: Object, grace: int | None, os: str) -> None:
    """Complain about lifecycle hooks; ``os`` is the operating system that the pod names, or empty."""
    for key in ("postStart", "preStop"):
        if lifecycle.get(key) is not None:
            _check_handler(errors, f"{path}.{key}", lifecycle[key], _HOOK_HANDLERS, grace)
    signal = lifecycle.get("stopSignal")
    if signal is None:
        return
    if not os:
        errors.append(forbidden(f"{path}.stopSignal", "may not be set for containers with empty `spec.os.name`"))
    elif os == "windows" and signal not in ("SIGTERM", "SIGKILL"):
        errors.append(not_supported(f"{path}.stopSignal", signal, ["SIGKILL", "SIGTERM"]))
    elif signal not in _SIGNALS:
        errors.append(not_supported(f"{path}.stopSignal", signal, sorted(_SIGNALS)))


def _check_handler(errors: list[FieldError], path: str, handler: Object, kinds: tuple[str, ...], grace: int | None) -> None:
    found = ""
    for key in kinds:
        action = handler.get(key)
        if action is None:
            continue
        if found:
            errors.append(forbidden(f"{path}.{key}", "may not specify more than 1 handler type"))
            continue
        found = key
        _check_action(errors, f"{path}.{key}", key, action, grace)
    if not found:
        errors.append(required(path, "must specify a handler type"))


def _check_action(errors: list[FieldError], path: str, kind: str, action: Object, grace: int | None) -> None:
    if kind == "exec":
        if not action.get("command"):
            errors.append(required(f"{path}.command"))
    elif kind == "httpGet":
        _check_http(errors, path, action)
    elif kind == "tcpSocket":
        check_port_or_name(errors, f"{path}.port", action.get("port"))
    elif kind == "grpc":
        check_port(errors, f"{path}.port", action.get("port") or 0)
    else:
        seconds = action.get("seconds") or 0
        if grace is not None and not 0 <= seconds <= grace:
            text = f"must be non-negative and less than terminationGracePeriodSeconds ({grace})"
            errors.append(invalid(path, seconds, text))


def _check_http(errors: list[FieldError], path: str, action: Object) -> None:
    if not action.get("path"):
        errors.append(required(f"{path}.path"))
    check_port_or_name(errors, f"{path}.port", action.get("port"))
    if action.get("scheme") not in ("HTTP", "HTTPS"):
        errors.append(not_supported(f"{path}.scheme", action.get("scheme") or "", ["HTTP", "HTTPS"]))
    for header in action.get("httpHeaders") or ():
        name = header.get("name") or ""
        errors += [invalid(f"{path}.httpHeaders", name, text) for text in http_header(name)]
