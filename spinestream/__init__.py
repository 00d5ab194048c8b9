"""The front door: command line, settings, embedded servers, supervisor, wiring, cross-collection queries."""

__version__ = "0.1.0"
