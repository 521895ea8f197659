"""How good suites are: coverage and mutation."""
