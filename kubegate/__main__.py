"""``python -m kubegate``: the same as the console script."""

from kubegate.cli.main import main

main()
