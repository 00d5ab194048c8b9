"""Pools of Ray actors: each actor owns one engine and its own consumers."""
