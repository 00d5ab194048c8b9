"""Incremental training: trigger, LoRA trainer, adapter registry and promotion gate."""
