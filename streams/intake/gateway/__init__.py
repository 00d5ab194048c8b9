"""The gateway of hospital cases: spool, C-STORE, watched folder, assembly of studies into cases, quarantine.

An original lies in the spool only; what leaves it has been de-identified and searched (`streams.intake.deid`). Its
parts are imported by their modules, so that who wants the settings does not load what reads DICOM.
"""
