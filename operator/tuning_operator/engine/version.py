"""The engine's version, as a basis names it: a proposal is recomputed by the version that made it."""

from __future__ import annotations

from tuning_operator import __version__

ENGINE = __version__
