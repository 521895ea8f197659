"""Admission without a server: objects in, verdicts out, with what each plugin changed and which object decided."""
