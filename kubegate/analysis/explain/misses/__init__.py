"""What each authorizer lacks to allow a request, and what would mend it."""
