"""The command line: noun then verb, `--json` for machines, progress on stderr, results on stdout.

Commands are imported when they are called, so `spinestream --help` is quick.
"""

from spinestream.cli.main import main

__all__ = ["main"]
