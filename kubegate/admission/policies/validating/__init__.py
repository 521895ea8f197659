"""ValidatingAdmissionPolicy."""
