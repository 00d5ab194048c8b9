"""DICOM objects of a phantom study: valid headers around its pictures, and identities planted in them."""

from generation.phantom.dicom.instances import MANUFACTURER, QUALIFICATION, Instance, write_series

__all__ = ["MANUFACTURER", "QUALIFICATION", "Instance", "write_series"]
