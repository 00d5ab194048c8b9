"""The roles: units of deployment with one entry point, `spinestream role NAME…`."""

from spinestream.roles.entry import APART, LIGHT_ROLES, ROLES, WORK_ROLES, default_roles, run_roles

__all__ = ["APART", "LIGHT_ROLES", "ROLES", "WORK_ROLES", "default_roles", "run_roles"]
