"""Reads a trial's metrics page (Prometheus text format 0.0.4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from tuning_operator.engine.snapshot import Observed
from tuning_operator.errors import PageError

VALUE = "tuning_trial_metric"
STEP = "tuning_trial_step"
RUNG_VALUE = "tuning_trial_rung_metric"

LARGEST_STEP = 2**53  # beyond it a float64, which is what the page carries, skips whole numbers
MOST_SAMPLES = 2_000
MOST_CHARACTERS = 64 << 10  # of wanted lines, so that none holds up the others for long
LONGEST_LINE = 4_096  # bounds names, labels and digits; the parser's time is quadratic in it


def parse_page(body: bytes, names: Sequence[str]) -> tuple[Observed, ...]:
    """Read the wanted metrics, ordered by metric and step; values may be nan or infinite.

    A metric is looked up as `tuning_trial_metric{metric="NAME"}`, then as a sample of
    that very name. Its step is `tuning_trial_step`, or 0 where the page has none.
    Raises PageError, with the reason, for a page that is no Prometheus text, or whose
    wanted samples are too many, too long or ambiguous.
    """
    samples = _Samples(_parse(_wanted_lines(_decode(body), names)))
    found = {}
    for name in names:
        for observed in samples.observed(name):
            found[observed.metric, observed.step] = observed
    return tuple(found[key] for key in sorted(found))


class _Samples:
    """The samples of one page, by name."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        self._by_name: dict[str, list[Sample]] = defaultdict(list)
        for sample in samples:
            self._by_name[sample.name].append(sample)

    def observed(self, metric: str) -> Iterator[Observed]:
        for sample in self._labelled(RUNG_VALUE, metric):
            yield Observed(metric, _step(sample.labels.get("step", "")), _number(sample))
        latest = self._one(VALUE, self._labelled(VALUE, metric)) or self._plain(metric)
        if latest is not None:
            yield Observed(metric, self._latest_step(metric), _number(latest))

    def _latest_step(self, metric: str) -> int:
        sample = self._one(STEP, self._labelled(STEP, metric)) or self._plain(STEP)
        return 0 if sample is None else _step(sample.value)

    def _labelled(self, name: str, metric: str) -> list[Sample]:
        return [s for s in self._by_name.get(name, ()) if s.labels.get("metric") == metric]

    def _plain(self, name: str) -> Sample | None:
        """The sample without labels, else the only one there is."""
        samples = self._by_name.get(name, [])
        return self._one(name, [s for s in samples if not s.labels] or samples)

    @staticmethod
    def _one(name: str, samples: list[Sample]) -> Sample | None:
        if len(samples) > 1:
            raise PageError(
                f"the metrics page has {len(samples)} samples named {name}, and which one is meant "
                "cannot be told: serve one without labels"
            )
        return samples[0] if samples else None


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PageError(f"the metrics page is not UTF-8 text (byte {error.start})") from None


def _wanted_lines(text: str, names: Sequence[str]) -> list[str]:
    """The lines that may hold a wanted sample, and the first sample, which tells text from junk.

    All else is left out before it is parsed: a real exporter's page has thousands of
    samples that nobody asked for. Comments go too, for nothing here depends on a type.
    """
    starts = (VALUE, STEP, RUNG_VALUE, "{", *names)
    lines = [line for raw in text.split("\n") if (line := raw.strip()) and not line.startswith("#")]
    wanted = lines[:1] + [line for line in lines[1:] if line.startswith(starts)]
    if len(wanted) > MOST_SAMPLES:
        raise PageError(f"the metrics page has {len(wanted)} wanted samples; at most {MOST_SAMPLES} are read")
    for line in wanted:
        if len(line) > LONGEST_LINE:
            raise PageError(f"a line of the metrics page has {len(line)} characters: {line[:40]!r}…")
    length = sum(map(len, wanted))
    if length > MOST_CHARACTERS:
        raise PageError(
            f"the metrics page has {length} characters of wanted samples; at most {MOST_CHARACTERS}"
        )
    return wanted


def _parse(lines: Iterable[str]) -> Iterator[Sample]:
    for line in lines:
        try:
            families = list(text_string_to_metric_families(line))
        except (ValueError, LookupError, OverflowError):  # the parser meets hostile text with all of these
            raise PageError(f"the metrics page is not Prometheus text: {line[:80]!r}") from None
        yield from (sample for family in families for sample in family.samples)


def _number(sample: Sample) -> float:
    try:
        return float(sample.value)
    except OverflowError:  # the parser makes whole numbers of any length
        raise PageError(f"the value of {sample.name} on the metrics page is too large") from None


def _step(text: str | float) -> int:
    try:
        step = float(text)
    except (ValueError, OverflowError):
        raise PageError(f"a step on the metrics page is no number: {str(text)[:40]!r}") from None
    if not 0 <= step <= LARGEST_STEP or step != int(step):
        raise PageError(f"a step on the metrics page is {step:g}; it must be a whole number from 0")
    return int(step)
