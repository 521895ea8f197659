"""Manifests and dumps -> an in-memory cluster state that remembers file and line."""
