"""Policies written as CEL expressions: ValidatingAdmissionPolicy and MutatingAdmissionPolicy."""
