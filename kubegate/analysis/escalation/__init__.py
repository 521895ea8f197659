"""Paths of escalation: from a subject, through identities that it can take on, to the whole cluster."""
