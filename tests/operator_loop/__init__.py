"""The operator as a real process against a real API server; pods are moved on by hand (`HandKubelet`)."""
