"""Attributes in, a verdict out. See ``authz.interface`` for the contract."""
