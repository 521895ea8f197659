"""One process follows a cluster for all workers, and feeds them over a socket that nobody else can open."""
