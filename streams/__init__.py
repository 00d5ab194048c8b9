"""The event backbone: topics, envelope, broker, the processing loop, dead letters, blobs, and the intake of
documents."""
