"""Running suites: one after the other, in processes, again after a change."""
