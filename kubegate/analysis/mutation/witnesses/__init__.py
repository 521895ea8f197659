"""Requests and objects that tell a mutant from its original: what a case that kills it would ask."""
