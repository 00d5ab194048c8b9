"""What enters: documents split into passages, gateways for cases, and the plan stage."""
