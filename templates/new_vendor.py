"""Make a new vendor from the template: `make new-vendor NAME=acme-cloud`.

Writes specs/<name>/, mock_server/vendors/<name>/, tests/mock_server/vendors/<name>/ and tests/support/<name>.py. What
they hold works at once; replace it by what the vendor documents.
"""

import re
import sys
from pathlib import Path

TEMPLATE = Path(__file__).parent / "vendor"
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class NameRefused(ValueError):
    """The name cannot be a vendor's; the message says why."""


def targets(name: str) -> dict[str, str]:
    """Where the template's files go, relative to the repository: by their path in the template, or its beginning."""
    package = name.replace("-", "_")
    return {
        "spec/": f"specs/{name}/",
        "package/": f"mock_server/vendors/{package}/",
        "tests/client.py": f"tests/support/{package}.py",
        "tests/": f"tests/mock_server/vendors/{package}/",
    }


def replacements(name: str) -> dict[str, str]:
    """The forms of the template's name, and those of the new one."""
    words = name.split("-")
    return {
        "acme-cloud": name,
        "acme_cloud": "_".join(words),
        "AcmeCloud": "".join(word.capitalize() for word in words),
        "Acme Cloud": " ".join(word.capitalize() for word in words),
    }


def make(name: str, root: Path) -> list[Path]:
    """Write the files of a new vendor.

    Args:
        name: lower-case words joined by hyphens.
        root: the top of the repository.

    Returns:
        The files, relative to the root.

    Raises:
        NameRefused: the name is of another form, or there is such a vendor.
    """
    if not NAME.fullmatch(name):
        raise NameRefused(f"{name!r}: lower-case words joined by hyphens, like acme-cloud")
    if (root / "specs" / name).exists():
        raise NameRefused(f"{name!r}: specs/{name} exists")
    written = []
    for source in sorted(path for path in TEMPLATE.rglob("*") if path.suffix in (".py", ".yaml")):
        place = source.relative_to(TEMPLATE).as_posix()
        prefix, target = next(entry for entry in targets(name).items() if place.startswith(entry[0]))
        path = Path(target if prefix.endswith(".py") else target + place.removeprefix(prefix))
        text = source.read_text(encoding="utf-8")
        for old, new in replacements(name).items():
            text = text.replace(old, new)
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
        written.append(path)
    return written


def main() -> None:
    """Make the vendor that the command line names."""
    try:
        written = make(sys.argv[1] if len(sys.argv) > 1 else "", Path(__file__).parents[1])
    except NameRefused as error:
        sys.exit(f"NAME={error}")
    sys.stdout.write("\n".join([*map(str, written), "now: make test; then CONTRIBUTING.md, A new vendor", ""]))


if __name__ == "__main__":
    main()
