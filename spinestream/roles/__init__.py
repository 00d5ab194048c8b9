"""The roles: units of deployment with one entry point, `spinestream role NAME…`."""

from spinestream.roles.entry import LIGHT_ROLES, ROLES, run_roles

__all__ = ["LIGHT_ROLES", "ROLES", "run_roles"]
