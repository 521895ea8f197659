"""Suites against mutants of their policies: how a mutant is put into force, and what would tell it from the original."""
