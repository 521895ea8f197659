"""Versioned configuration models and their loading; the flags of the commands as typed options."""
