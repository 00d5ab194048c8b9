"""Sets telemetry up in a role's process: SDK, exporters, scrubbing, the listener. Docs: docs/telemetry.md."""
