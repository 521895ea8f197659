"""Timestamps as Go reads them."""

from __future__ import annotations

import pytest

from kubegate.api.schema.errors import DecodeError
from kubegate.api.schema.timestamps import normalize


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("2026-01-31T08:00:00Z", "2026-01-31T08:00:00Z"),
        ("2026-01-31T08:00:00+05:30", "2026-01-31T02:30:00Z"),
        ("2026-01-31T8:00:00.75-01:00", "2026-01-31T09:00:00Z"),
        ("2026-01-31T08:00:00+24:60", "2026-01-30T07:00:00Z"),
    ],
)
def test_times_are_in_utc(text: str, normal: str) -> None:
    assert normalize(text) == normal


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("2026-01-31T08:00:00+25:00", "time zone offset hour out of range"),
        ("2026-01-31T08:00:00-00:61", "time zone offset minute out of range"),
        ("2026-01-31T08:00:00+99:99", "time zone offset minute out of range"),
        ("2026-13-31T08:00:00+99:99", "month out of range"),
        ("2026-02-30T08:00:00Z", "day out of range"),
    ],
)
def test_what_is_out_of_range(text: str, complaint: str) -> None:
    with pytest.raises(DecodeError) as caught:
        normalize(text)
    assert str(caught.value) == f'parsing time "{text}": {complaint}'
