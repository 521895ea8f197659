"""Admission webhooks: which are called, what they are sent, what their answers mean."""
