"""Suites as files: read, written, placed, described for editors."""
