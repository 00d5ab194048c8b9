"""Routes: which adapter the engines answer with, and how they come to answer with another."""

from actors.routes.routes import Acknowledged, Flip, Route, Routes

__all__ = ["Acknowledged", "Flip", "Route", "Routes"]
