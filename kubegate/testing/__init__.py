"""The pytest plugin, fixtures, the suite runner, fakes, strategies."""
