"""What the README says of the code is what the code says."""

from __future__ import annotations

import re

from docs.generate import README, ROOT, readme


def test_the_generated_parts_are_up_to_date() -> None:
    text = README.read_text()
    assert readme(text) == text, "run `make docs`"


def test_every_make_target_it_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"^make ([a-z]+)", README.read_text(), re.MULTILINE))
    assert named
    assert named <= targets


def test_every_file_it_links_to_exists() -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", README.read_text())
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
