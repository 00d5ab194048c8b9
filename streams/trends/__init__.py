"""Trends: every event becomes a fact of its own, every count is read from facts (docs/trends.md)."""
