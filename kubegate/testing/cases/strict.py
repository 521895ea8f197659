"""The base of every part of a suite: unknown fields are errors."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """Frozen, without fields of other names."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
