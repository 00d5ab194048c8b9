"""Measurements of this machine, each on a private deployment of its own: `spinestream perf`."""
