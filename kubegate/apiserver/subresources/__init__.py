"""Subresources that are more than a view of their object, and resources that store nothing: one file each."""
