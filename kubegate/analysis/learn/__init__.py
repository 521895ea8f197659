"""Least privilege from what was done: roles that allow recorded requests, and as little else as roles can say."""
