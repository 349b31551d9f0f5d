"""Bring the book into the wheel: its source has one home, the root of the repository."""

import tomllib
from pathlib import Path
from shutil import copytree, ignore_patterns

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent


class WithBook(build_py):
    """Copies what pyproject.toml lists to where `transdx start` finds it."""

    def run(self) -> None:
        """Copy the package, then the book."""
        super().run()
        if self.editable_mode:
            return
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        into = Path(self.build_lib) / "transdx" / "book" / "shipped"
        for name in project["tool"]["transdx"]["book"]:
            path = ROOT / name
            if path.is_dir():
                copytree(path, into / name, ignore=ignore_patterns("chapters", ".*", "__*"))
            else:
                into.mkdir(parents=True, exist_ok=True)
                self.copy_file(str(path), str(into / name))


setup(cmdclass={"build_py": WithBook})
