"""Attribute-based access control: a policy file with one JSON object a line."""
