"""Admission configuration from files (manifest-based admission control, KEP-5793).

`settings` is what a plugin is configured with, `directory` reads files, `loading` makes objects of them, `source` keeps them
up to date.
"""
