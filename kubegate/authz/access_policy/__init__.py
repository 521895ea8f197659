"""AccessPolicy: our own kind of policy, which can also deny."""
