"""A search for identifiers in everything a deployment keeps, written without a look at the de-identifier."""
