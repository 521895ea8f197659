"""What is wrong, without effect or risky in a set of RBAC policies."""
