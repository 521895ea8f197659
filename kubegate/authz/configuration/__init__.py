"""AuthorizationConfiguration: the whole chain of authorizers in one file."""
