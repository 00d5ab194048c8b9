"""Engines, and in time the pools and stages that ask them."""
