"""Pictures of the main pages, in light and dark, from a seeded server whose clock stands: `make screenshots`."""

import struct
import sys
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from itertools import accumulate
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Route

from bodydouble.mock_server.pages.drawing.chart import Sample, chart
from bodydouble.testing import Account, Receiver, Server, respond
from tests.support.browser import Visit, running_browser, visit
from tests.support.furnished import REFERENCE, furnish
from tests.support.guiji import VIDEOS, Guiji

ROOT = Path(__file__).parents[1]
SEED = ROOT / "examples" / "seeds" / "team.yaml"
FOLDER = ROOT / "docs" / "images"
# What pages show as the server's address, whatever port it has.
ADDRESS = "http://127.0.0.1:8080"
LARGEST = 200_000
SIZE = {"width": 1280, "height": 800}
ACCOUNT = "team"
# What the receiver's address is shown as.
RECEIVER = "127.0.0.1:9000"
# How the browser draws does not depend on what it has drawn before, and how fast.
_OPTIONS = (
    "--disable-lcd-text",
    "--disable-partial-raster",
    "--disable-skia-runtime-opts",
    "--force-color-profile=srgb",
)
# What a minute of requests and callbacks looks like: a sample every two seconds.
_REQUESTS = (3, 5, 4, 8, 12, 9, 7, 11, 14, 10, 6, 5, 9, 13, 16, 12, 8, 6, 7, 10, 9, 5, 4, 6, 11, 15, 12, 9, 7, 8, 6)
_CHART = chart([Sample(2.0 * index, (total, total // 3)) for index, total in enumerate(accumulate(_REQUESTS))], 60.0)
# A stream of events that says nothing more.
_SILENCE = "retry: 3600000\n\n"
# How long something took, how many there were in a second, and when it really was, is another text in each picture.
_SETTLE = """({addresses, chart}) => {
  const time = "2026-03-02 09:00:00", all = (selector) => document.querySelectorAll(selector);
  for (const cell of all("[data-label='Took'], [data-label='Slowest']")) cell.textContent = "4 ms";
  for (const cell of all("[data-label='Real time'] time")) cell.textContent = time;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    for (const [real, shown] of addresses) text.data = text.data.replaceAll(real, shown);
  }
  for (const [index, line] of all(".chart polyline").entries()) line.setAttribute("points", chart.lines[index]);
  for (const label of all(".chart text:first-of-type")) label.textContent = chart.top;
  const latest = [...all(".chart figcaption .key")].map((key) => key.nextSibling);
  for (const [index, text] of latest.entries()) text.data = text.data.replace(/[0-9.e-]+/, chart.latest[index]);
  for (const term of all(".facts dt")) {
    if (term.textContent === "Took") term.nextElementSibling.textContent = "4 ms";
    if (term.textContent === "Real time") term.nextElementSibling.textContent = time;
  }
}"""


def main() -> int:
    """Write the pictures."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder)) as (server, receiver, paths):
        addresses = [(urlsplit(receiver.url).netloc, RECEIVER), (f"127.0.0.1:{server.port}", urlsplit(ADDRESS).netloc)]
        shown = {"addresses": addresses, "chart": asdict(_CHART)}
        mapped = f"--host-resolver-rules=MAP 127.0.0.1:8080 127.0.0.1:{server.port}"
        with running_browser(mapped, *_OPTIONS) as browser:
            for scheme in ("light", "dark"):
                with visit(browser, ADDRESS, viewport=SIZE, color_scheme=scheme) as looking:
                    looking.context.route("**/live*", _say_nothing)
                    for name, path in paths.items():
                        _picture(looking, path, shown, FOLDER / f"{name}-{scheme}.png")
    large = [path.name for path in FOLDER.glob("*.png") if path.stat().st_size > LARGEST]
    if large:
        sys.stderr.write(f"larger than {LARGEST:,} bytes: {', '.join(large)}\n")
    return int(bool(large))


@contextmanager
def _served(folder: Path) -> Iterator[tuple[Server, Receiver, dict[str, str]]]:
    """A server with an account that has seen some use, and the pages of that account."""
    server, receiver = Server(folder, seed=SEED), Receiver(respond(200, {"code": 0}))
    try:
        account = Account.existing(server, ACCOUNT)
        paths = furnish(account, "Spring film", receiver.url)
        client = Guiji(account)
        for page in (1, 2):
            client.page(VIDEOS, page)
        yield server, receiver, _chosen(paths)
    finally:
        receiver.close()
        server.stop()


def _chosen(paths: dict[str, str]) -> dict[str, str]:
    shown = ("overview", "account", "task", "deliveries", "journal entry", "scenarios", "tasks", "journal", "delivery")
    return {
        **{name.replace(" ", "-"): paths[name] for name in shown},
        "reference": f"{REFERENCE}/guiji/operations/createVideo/",
        "lifecycle": f"{REFERENCE}/guiji/lifecycles/video/",
    }


def _say_nothing(route: Route) -> None:
    route.fulfill(content_type="text/event-stream", body=_SILENCE)


def _picture(looking: Visit, path: str, shown: Mapping[str, Any], target: Path) -> None:
    page = looking.open(path)
    page.wait_for_timeout(600)
    page.locator("video").evaluate_all("videos => videos.forEach((video) => video.load())")
    page.wait_for_timeout(1000 if page.locator("video").count() else 0)
    page.evaluate(_SETTLE, shown)
    target.write_bytes(_packed(page.screenshot(animations="disabled")))


def _packed(png: bytes) -> bytes:
    """A picture whose data is compressed as well as it can be: the browser is in a hurry."""
    packed, data, position = png[:8], b"", 8
    while position < len(png):
        (length,) = struct.unpack_from(">I", png, position)
        kind, content = png[position + 4 : position + 8], png[position + 8 : position + 8 + length]
        if kind == b"IDAT":
            data += content
        elif kind in (b"IHDR", b"PLTE"):
            packed += png[position : position + 12 + length]
        position += 12 + length
    return packed + _chunk(b"IDAT", zlib.compress(zlib.decompress(data), 9)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


if __name__ == "__main__":
    sys.exit(main())
