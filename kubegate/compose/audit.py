"""The auditor that the flags ask for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from kubegate.apiserver.audit.auditor import Auditor
from kubegate.apiserver.audit.log import AuditLog, days, megabytes
from kubegate.apiserver.audit.policy import load_policy
from kubegate.config.audit import AuditOptions
from kubegate.errors import ConfigurationError


def build_auditor(options: AuditOptions, now: Callable[[], datetime]) -> Auditor | None:
    """None unless there are both a policy and a log. Raises `ConfigurationError`."""
    if not options.audit_policy_file:
        return None
    policy = load_policy(options.audit_policy_file)
    if not options.audit_log_path:
        return None
    try:
        log = AuditLog(
            options.audit_log_path,
            max_size=megabytes(options.audit_log_maxsize),
            max_backups=options.audit_log_maxbackup,
            max_age=days(options.audit_log_maxage),
        )
    except OSError as error:
        text = f"ensureLogFile: open {options.audit_log_path}: {(error.strerror or 'unusable').lower()}"
        raise ConfigurationError(text) from error
    return Auditor(policy, log, now)
