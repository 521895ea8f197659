"""kubegate: Kubernetes' request gate as a Python engine."""

__version__ = "0.1.0"
