"""Fetches a trial's metrics page. The other side is untrusted: time and size are bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import aiohttp

from tuning_operator.engine.snapshot import Observed
from tuning_operator.errors import ScrapeError
from tuning_operator.metrics.page import parse_page

SECONDS = 2.0
MOST_BYTES = 1 << 20
# Compressed pages are refused, not only not asked for: a kilobyte can become a megabyte.
HEADERS = {"Accept": "text/plain;version=0.0.4", "Accept-Encoding": "identity"}

# A hostile page takes up to 70 ms to read, and a hundred such trials would hold the event loop, with it the
# renewal of the lease. One thread: all of them together have no more than its share.
READER = ThreadPoolExecutor(1, thread_name_prefix="pages")


async def scrape(session: aiohttp.ClientSession, url: str, names: Sequence[str]) -> tuple[Observed, ...]:
    """Fetch and read the wanted metrics; see `parse_page` for what comes back.

    Takes at most 2 seconds in total, reads at most 1 MiB and follows no redirect.
    Raises ScrapeError where the page cannot be fetched, PageError where it cannot be read.
    """
    try:
        body = await _fetch(session, url)
    except asyncio.TimeoutError:  # not TimeoutError: they are one only from Python 3.11
        raise ScrapeError(f"no metrics page from {url} within {SECONDS:g} seconds") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise ScrapeError(f"no metrics page from {url}: {str(error) or type(error).__name__}") from None
    return await asyncio.get_running_loop().run_in_executor(READER, parse_page, body, names)


async def _fetch(session: aiohttp.ClientSession, url: str) -> bytes:
    limit = aiohttp.ClientTimeout(total=SECONDS)
    async with session.get(url, timeout=limit, allow_redirects=False, headers=HEADERS) as response:
        if response.status != 200:
            raise ScrapeError(f"{url} answers {response.status}, not 200")
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise ScrapeError(f"{url} answers with a compressed page; serve it as it is")
        return await _read(response, url)


async def _read(response: aiohttp.ClientResponse, url: str) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MOST_BYTES:
            raise ScrapeError(f"the metrics page at {url} is larger than {MOST_BYTES} bytes")
    return bytes(body)
