"""Pure domain of spinestream: levels, findings, sources, plans, samples, prompts, criteria and checks. No I/O lives
here."""
