"""SpineBench: items, runner, statistics, comparisons and the published table."""
