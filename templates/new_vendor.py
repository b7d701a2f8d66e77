"""Make a new vendor from the template: `make new-vendor NAME=acme-cloud`.

Writes specs/<name>/, mock_server/vendors/<name>/, tests/mock_server/vendors/<name>/ and tests/support/<name>.py, and
the generated parts of the documentation. What the files hold works at once; replace it by what the vendor documents.
"""

import keyword
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEMPLATE = Path(__file__).parent / "vendor"
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# Longer names would break lines that the formatter leaves alone in shorter ones.
MAX_LENGTH = 30
# What `make docs` writes about vendors.
PAGES = ("docs/coverage.py", "docs/readme.py")
NEXT_STEPS = """
{title} works: its specification, its handlers and its tests are a small example. Now, in this order:

1. make test PYTEST_ARGS="tests/mock_server/vendors/{package} tests/specs"
2. specs/{name}/openapi.yaml: what the vendor documents, operation by operation; examples.yaml: its examples.
3. mock_server/vendors/{package}/: `make serve` says which handler or name is missing, or is no longer in the contract.
4. tests/support/{package}.py and tests/mock_server/vendors/{package}/: a client, and what it must get.
5. make docs; make lint; make test

CONTRIBUTING.md has the details.
"""


class NameRefused(ValueError):
    """The name cannot be a vendor's; the message says why."""


def replacements(name: str) -> dict[str, str]:
    """The forms of the template's name, each with that of the new name."""
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
        NameRefused: the name has another form, or is taken.
    """
    files = dict(_files(name))
    _check(name, files, root)
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return list(files)


def write_pages(root: Path) -> None:
    """Write the generated parts of the documentation anew.

    Raises:
        CalledProcessError: a page could not be written; the reason is on standard error.
    """
    for page in PAGES:
        subprocess.run([sys.executable, page], cwd=root, check=True)


def next_steps(name: str) -> str:
    """What to do with a vendor that has just been made."""
    forms = replacements(name)
    return NEXT_STEPS.format(name=name, package=forms["acme_cloud"], title=forms["Acme Cloud"])


def _files(name: str) -> Iterator[tuple[Path, str]]:
    """The files of a vendor, relative to the top of the repository, and what they hold."""
    for source in sorted(path for path in TEMPLATE.rglob("*") if path.suffix in (".py", ".yaml")):
        yield _target(name, source.relative_to(TEMPLATE)), _renamed(source.read_text(encoding="utf-8"), name)


def _target(name: str, source: Path) -> Path:
    package = replacements(name)["acme_cloud"]
    folder, *rest = source.parts
    if folder == "support":
        return Path("tests", "support", f"{package}.py")
    folders = {
        "spec": Path("specs", name),
        "package": Path("mock_server", "vendors", package),
        "tests": Path("tests", "mock_server", "vendors", package),
    }
    return folders[folder].joinpath(*rest)


def _renamed(text: str, name: str) -> str:
    for old, new in replacements(name).items():
        text = text.replace(old, new)
    return text


def _check(name: str, files: dict[Path, str], root: Path) -> None:
    if not NAME.fullmatch(name) or len(name) > MAX_LENGTH:
        raise NameRefused(f"{name!r}: lower-case words joined by hyphens, at most {MAX_LENGTH} characters: acme-cloud")
    forms = replacements(name)
    if keyword.iskeyword(forms["acme_cloud"]) or forms["AcmeCloud"] in _words_of_the_template():
        raise NameRefused(f"{name!r}: a word of Python, or of the template itself")
    for path in files:
        if (root / path).exists():
            raise NameRefused(f"{name!r}: {path} exists")


def _words_of_the_template() -> set[str]:
    text = "".join(path.read_text(encoding="utf-8") for path in TEMPLATE.rglob("*.py"))
    return set(re.findall(r"\w+", text)) - {"AcmeCloud"}


def main() -> None:
    """Make the vendor that the command line names."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        written = make(name, ROOT)
    except NameRefused as error:
        sys.exit(f"NAME={error}")
    write_pages(ROOT)
    sys.stdout.write("".join(f"{path}\n" for path in written) + next_steps(name))


if __name__ == "__main__":
    main()
