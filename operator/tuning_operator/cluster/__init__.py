"""Kubernetes: the shell around `decide` on a cluster.

watches (kopf) and listing put projections into the Store and keys into the
WorkQueue; `reconcile` takes a snapshot, asks `decide`, carries the actions out
through the Client, and writes one status. Nothing here decides what a job does
next, and nothing outside talks to the API server.
"""
