"""What can go wrong with the test cluster, named by who must act."""


class ClusterError(Exception):
    """The test cluster did not do what it should; the message names the log to read."""


class Unavailable(ClusterError):
    """This machine cannot run the cluster; the message says what it lacks."""


class Busy(ClusterError):
    """Another session owns the cluster; the message says how to use or end it."""
