"""The figures of the README, one module each: ``python -m benchmarks.rbac``; ``python -m benchmarks`` runs all."""
