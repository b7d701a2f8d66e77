"""The folder of a site: what it has written there, it replaces; what others have put there, it leaves."""

from collections.abc import Iterable, Iterator
from pathlib import Path

MARKER = ".bodydouble-site"
_HEAD = "`bodydouble docs` has written these files, and replaces them when it writes here again:"


class FolderError(Exception):
    """A folder is not for a site; says why."""


class SiteFolder:
    """A folder that is empty, or has a site.

    Args:
        path: need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._marker = self.path / MARKER

    def begin(self) -> None:
        """Make the folder, and mark it.

        Raises:
            FolderError: it has something else than a site.
            OSError: it cannot be made.
        """
        if not self._marker.is_file():
            self._refuse_others()
            self.path.mkdir(parents=True, exist_ok=True)
            self._mark(())

    def end(self, files: Iterable[str]) -> None:
        """Remove what an earlier site had and this one has not.

        Args:
            files: of this site, as paths below the folder.
        """
        names = sorted(files)
        for name in set(self._earlier()).difference(names):
            self._remove(self.path / name)
        self._mark(names)

    def _refuse_others(self) -> None:
        if self.path.exists() and not self.path.is_dir():
            raise FolderError(f"{self.path} is no folder")
        if self.path.is_dir() and any(self.path.iterdir()):
            raise FolderError(f"{self.path} has files that are not of a site written here; name an empty folder")

    def _earlier(self) -> Iterator[str]:
        for name in self._marker.read_text(encoding="utf-8").splitlines()[1:]:
            # Only files below the folder: anybody may have written into the marker.
            if (self.path / name).parent.resolve().is_relative_to(self.path):
                yield name

    def _remove(self, file: Path) -> None:
        file.unlink(missing_ok=True)
        for folder in file.parents:
            if folder == self.path or not folder.is_dir() or any(folder.iterdir()):
                return
            folder.rmdir()

    def _mark(self, names: Iterable[str]) -> None:
        self._marker.write_text("\n".join((_HEAD, *names, "")), encoding="utf-8")
