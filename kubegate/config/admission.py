"""The admission flags of kube-apiserver."""

from __future__ import annotations

from pydantic import BaseModel, Field

from kubegate.config.flag_types import CommaList


class AdmissionOptions(BaseModel, extra="forbid", frozen=True):
    """Which admission plugins run, and their settings. Names and defaults as kube-apiserver's flags."""

    enable_admission_plugins: CommaList = Field(
        default_factory=list,
        description="Admission plugins to enable beside those that are on by default. Their order here does not matter.",
    )
    disable_admission_plugins: CommaList = Field(
        default_factory=list,
        description="Admission plugins to disable although they are on by default.",
    )
    admission_control_config_file: str = Field(
        "", description="File with an AdmissionConfiguration (apiserver.config.k8s.io): the configuration of single plugins."
    )
    default_not_ready_toleration_seconds: int = Field(
        300,
        description="tolerationSeconds of the toleration for notReady:NoExecute that is added to every pod without one.",
    )
    default_unreachable_toleration_seconds: int = Field(
        300,
        description="tolerationSeconds of the toleration for unreachable:NoExecute that is added to every pod without one.",
    )
