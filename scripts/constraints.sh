#!/bin/sh
# Pins every dependency, with hashes, for every supported Python at once.
#
# constraints.txt holds all but the peers of the search's benchmark; the subsets beside them are what the
# images install. They are resolved under the first, so that an image never has another version than
# the tests; the peers are, too, so that ours is measured as it is tested.
set -e
uv=$1
options="--quiet --universal --no-strip-extras --python-version 3.10 --no-emit-index-url --no-header --no-annotate"
$uv pip compile $options --generate-hashes pyproject.toml trial_image/pyproject.toml \
    --extra tensorflow-cpu --group pyproject.toml:dev -o constraints.txt
$uv pip compile $options --generate-hashes -c constraints.txt pyproject.toml -o operator/constraints.txt
$uv pip compile $options --generate-hashes -c constraints.txt trial_image/pyproject.toml \
    --extra tensorflow-cpu -o trial_image/constraints.txt
$uv pip compile $options --generate-hashes -c constraints.txt trial_image/pyproject.toml \
    --extra tensorflow-gpu -o trial_image/constraints-gpu.txt
$uv pip compile $options --generate-hashes -c constraints.txt trial_image/pyproject.toml \
    -o trial_image/constraints-sdk.txt
$uv pip compile $options --generate-hashes -c constraints.txt pyproject.toml \
    --group pyproject.toml:dev --group pyproject.toml:bench -o tests/benchmarks/constraints.txt
