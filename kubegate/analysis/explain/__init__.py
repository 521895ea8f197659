"""Why a request is allowed or not: opinions, nearest misses, the smallest changes that would allow it."""
