"""The audit flags of kube-apiserver."""

from __future__ import annotations

from pydantic import BaseModel, Field


class AuditOptions(BaseModel, extra="forbid", frozen=True):
    """What is recorded of the requests, and where. Names as kube-apiserver's flags."""

    audit_policy_file: str = Field("", description="File with an audit Policy (audit.k8s.io/v1): which requests, how much.")
    audit_log_path: str = Field(
        "", description="File that events are appended to, a JSON object a line; - for standard output. Needs a policy."
    )
    audit_log_maxage: int = Field(366, description="Days for which rotated files are kept; 0: for ever.")
    audit_log_maxbackup: int = Field(100, description="How many rotated files are kept; 0: all.")
    audit_log_maxsize: int = Field(100, description="Megabytes after which the file is rotated.")
