"""Recorded requests against candidate policies."""
