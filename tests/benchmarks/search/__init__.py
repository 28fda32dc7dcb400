"""The search beside its peers, on fixed problems and simulated time."""
