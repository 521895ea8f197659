"""Credentials in, a user out. See ``authn.interface`` for the contract."""
