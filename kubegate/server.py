"""The Flask application around an `Application`; nothing else."""
