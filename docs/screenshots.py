"""Pictures of the main pages, in light and dark, from a seeded server whose clock stands: `make screenshots`."""

import struct
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
# How long something took, and when it really was, is another text in each picture.
_SETTLE = """() => {
  const time = "2026-03-02 09:00:00", all = (selector) => document.querySelectorAll(selector);
  for (const cell of all("[data-label='Took'], [data-label='Slowest']")) cell.textContent = "4 ms";
  for (const cell of all("[data-label='Real time'] time")) cell.textContent = time;
  for (const term of all(".facts dt")) {
    if (term.textContent === "Took") term.nextElementSibling.textContent = "4 ms";
    if (term.textContent === "Real time") term.nextElementSibling.textContent = time;
  }
}"""


def main() -> int:
    """Write the pictures."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder)) as (server, paths):
        mapped = f"--host-resolver-rules=MAP 127.0.0.1:8080 127.0.0.1:{server.port}"
        with running_browser(mapped, "--disable-lcd-text") as browser:
            for scheme in ("light", "dark"):
                with visit(browser, ADDRESS, viewport=SIZE, color_scheme=scheme) as looking:
                    for name, path in paths.items():
                        _picture(looking, path, FOLDER / f"{name}-{scheme}.png")
    large = [path.name for path in FOLDER.glob("*.png") if path.stat().st_size > LARGEST]
    if large:
        sys.stderr.write(f"larger than {LARGEST:,} bytes: {', '.join(large)}\n")
    return int(bool(large))


@contextmanager
def _served(folder: Path) -> Iterator[tuple[Server, dict[str, str]]]:
    """A server with an account that has seen some use, and the pages of that account."""
    server, receiver = Server(folder, seed=SEED), Receiver(respond(200, {"code": 0}))
    try:
        account = Account.existing(server, ACCOUNT)
        paths = furnish(account, "Spring film", receiver.url)
        client = Guiji(account)
        for page in (1, 2):
            client.page(VIDEOS, page)
        yield server, _chosen(paths)
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


def _picture(looking: Visit, path: str, target: Path) -> None:
    page = looking.open(path)
    page.wait_for_timeout(600)
    page.locator("video").evaluate_all("videos => videos.forEach((video) => video.load())")
    page.wait_for_timeout(1000 if page.locator("video").count() else 0)
    page.evaluate(_SETTLE)
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
