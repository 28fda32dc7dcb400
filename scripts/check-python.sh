#!/bin/sh
# Says early and clearly when this machine's Python is not one that TensorFlow has wheels for.
if [ -n "$1" ] && "$1" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14))'; then
    exit 0
fi
found=$(python3 --version 2>/dev/null || echo "no python3")
cat >&2 <<TEXT
This needs Python 3.10, 3.11, 3.12 or 3.13 with the venv module: TensorFlow has wheels for no other.
Found: ${1:-$found}.
Install one (Debian or Ubuntu: apt-get install python3-venv; macOS: brew install python@3.12)
or name it: make PYTHON=/path/to/python3.12 …
TEXT
exit 1
