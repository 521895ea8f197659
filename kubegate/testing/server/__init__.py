"""What a test holds in its hands of a running server: its time, its identities, its troubles, and what was asked of it."""
