"""What an object, a kind, a user, a request and a Status are. Knows nothing of servers, stores or policies."""
