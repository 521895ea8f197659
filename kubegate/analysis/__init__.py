"""Questions about policies: explain, who-can, diff, coverage, replay."""
