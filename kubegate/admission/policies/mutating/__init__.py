"""MutatingAdmissionPolicy."""
