"""Long proofs behind `make prove`, and what they are made of."""
