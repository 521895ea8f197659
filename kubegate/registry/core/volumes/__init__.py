"""Volumes: the sources that pods and persistent volumes may name, persistent volumes, claims."""
