"""Servers with TLS and users for tests, with certificates made for the occasion."""
