"""`helm test`: asks the API server what the operator must be able to ask, and whether a replica acts."""

import sys
import time
from datetime import datetime, timezone

from kubernetes import client, config

YOUNG = 30.0  # seconds: a lease is renewed every 5 s


def main(home, *namespaces):
    config.load_incluster_config()
    for namespace in namespaces or (None,):
        for kind in ("tuningjobs", "trials"):
            count(kind, namespace)
    until = time.monotonic() + 60
    while not is_held(home):
        if time.monotonic() > until:
            sys.exit(f"no replica holds the lease {home}/tuning-operator")
        time.sleep(1)
    print("a replica holds the lease")


def count(kind, namespace):
    objects, where = client.CustomObjectsApi(), ("tuning.dev", "v1alpha1")
    if namespace is None:
        found = objects.list_cluster_custom_object(*where, kind, limit=1)
    else:
        found = objects.list_namespaced_custom_object(*where, namespace, kind, limit=1)
    print(f"{kind} are served in {namespace or 'all namespaces'}: {found['apiVersion']}")


def is_held(home):
    try:
        spec = client.CoordinationV1Api().read_namespaced_lease("tuning-operator", home).spec
    except client.ApiException as error:
        if error.status == 404:
            return False
        raise
    age = (datetime.now(timezone.utc) - spec.renew_time).total_seconds()
    return bool(spec.holder_identity) and age < YOUNG


main(*sys.argv[1:])
