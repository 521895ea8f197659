"""The process that accepts connections: gunicorn with threads and TLS."""

RAW_HEADERS = "kubegate.headers"
"""WSGI environment key of the header lines as they came."""
