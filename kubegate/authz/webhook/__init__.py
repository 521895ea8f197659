"""Asking another service for authorization, by SubjectAccessReview."""
