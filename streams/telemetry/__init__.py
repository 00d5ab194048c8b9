"""Traces and numbers of what runs: OpenTelemetry's API only; `spinestream.telemetry` sets it up."""
