"""Cases about admission."""
