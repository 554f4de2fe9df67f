"""The package as installed: what is listed is what is on disk, and examples in docstrings and
README run.
"""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_listed_packages_are_the_folders_with_code():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "setuptools"
    ]
    rooms = ("qlangevin", "sde", "steady", "analysis", "runs")
    on_disk = {
        init.parent.relative_to(ROOT)
        for room in rooms
        for init in (ROOT / room).rglob("__init__.py")
    }
    assert {f"qlangevin.{'.'.join(folder.parts)}" for folder in on_disk} == set(
        settings["packages"]
    )
    assert {name: Path(folder) for name, folder in settings["package-dir"].items()} == {
        f"qlangevin.{'.'.join(folder.parts)}": folder for folder in on_disk
    }


def test_typing_marker_ships_with_every_top_package():
    assert all(
        (ROOT / room / "py.typed").exists() for room in ("sde", "steady", "analysis", "runs")
    )
