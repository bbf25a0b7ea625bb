"""Dynamics 2 and 3 and the cost curve, read from the record: prices, costs of runs, efficiency."""
