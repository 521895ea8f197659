"""What all tests share: how properties choose their examples.

`make test` must say the same of the same tree twice, so examples follow from the test's text there. To look for new ones:
`pytest tests/property --hypothesis-profile explore`.
"""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=3_000, deadline=None, print_blob=True)
settings.load_profile("repeatable")
