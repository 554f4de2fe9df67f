"""The package as installed: what is listed is what is on disk."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_listed_packages_are_the_folders_with_code():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    settings = tomllib.loads(text)["tool"]["setuptools"]
    on_disk = {"qlangevin": Path("qlangevin")}
    for top in ("sde", "steady", "analysis", "runs"):
        for init in (ROOT / top).rglob("__init__.py"):
            folder = init.parent.relative_to(ROOT)
            on_disk[f"qlangevin.{'.'.join(folder.parts)}"] = folder
    assert set(settings["packages"]) == set(on_disk)
    assert {name: Path(folder) for name, folder in settings["package-dir"].items()} == on_disk


def test_typing_marker_ships_with_every_top_package():
    assert all(
        (ROOT / room / "py.typed").exists() for room in ("sde", "steady", "analysis", "runs")
    )
