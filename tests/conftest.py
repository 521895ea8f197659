"""What all tests share: how properties choose their examples, and what happens to a test that fails.

`make test` must say the same of the same tree twice, so examples follow from the test's text there. To look for new ones:
`pytest tests/property --hypothesis-profile explore`.
"""

from __future__ import annotations

from hypothesis import settings

from tests.second_chance import (  # noqa: F401  # pytest looks for them here
    pytest_report_teststatus,
    pytest_runtest_protocol,
    pytest_terminal_summary,
)

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=3_000, deadline=None, print_blob=True)
settings.load_profile("repeatable")
