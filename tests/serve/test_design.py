import re

import pytest

from pressbox.serve.design_routes import design_page
from pressbox.serve.palette import COLOURS, PAIRS, Pair, Scheme, contrast, weakest
from pressbox.serve.rendering import STATIC, render

BASE = (STATIC / "base.css").read_text(encoding="utf-8")
STATES = ("live", "paused", "final", "waiting", "stale", "delayed", "reconnecting")


def rules(css: str) -> list[tuple[str, str]]:
    return re.findall(r"([^{}]+)\{([^{}]*)\}", re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL))


@pytest.mark.parametrize(
    ("one", "other", "expected"), [("#000000", "#ffffff", 21), ("#777777", "#ffffff", 4.48), ("#123456", "#123456", 1)]
)
def test_contrast_is_what_wcag_says(one: str, other: str, expected: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.name}-on-{pair.on}")
def test_what_is_read_can_be_told_from_what_it_is_on(pair: Pair, scheme: Scheme) -> None:
    assert pair.contrast(scheme) >= pair.contrast_min


def test_every_colour_of_the_style_sheets_is_a_token_in_both_schemes() -> None:
    assert {"ground", "ink", "accent", "loss", "zone-5"} <= COLOURS.keys()
    tokens = dict(rules(BASE))[next(head for head, _ in rules(BASE) if ":root" in head)]
    elsewhere = BASE.replace(tokens, "").partition("@media print")[0]
    assert re.findall(r"#[0-9a-f]{3,8}\b", elsewhere) == []
    for file in STATIC.glob("*.css"):
        css = file.read_text(encoding="utf-8")
        used = set(re.findall(r"var\(--([\w-]+)\)", css))
        assert used <= set(re.findall(r"--([\w-]+):", tokens + css)), file.name


def test_a_colour_that_is_never_told_apart_has_no_weakest_pair() -> None:
    assert weakest("line", "light") is None
    assert weakest("quiet", "light") == Pair("quiet", "mark", 4.5)


def test_states_differ_in_shape_and_each_has_a_look_of_its_own() -> None:
    shapes = {"final": "a square"}
    looks = {"final": "quiet"}
    for head, body in rules(BASE):
        for state in STATES:
            if re.search(rf"^\.state.*\.{state}\b.*::before$", head.strip()):
                shapes[state] = body
            elif head.strip() == f".state.{state}":
                looks[state] = body
    assert len(set(shapes.values())) == len(set(looks.values())) == len(STATES)


def test_the_page_shows_every_state_and_every_colour() -> None:
    html = design_page()
    assert all(f'class="state {state}"' in html for state in STATES)
    assert all(f'class="swatch-{name}"' in html for name in COLOURS)
    assert all(f".swatch-{name} " in (STATIC / "design.css").read_text(encoding="utf-8") for name in COLOURS)


def test_every_id_on_the_page_is_there_once_and_every_reference_is_met() -> None:
    html = design_page()
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    named = re.findall(r'(?:for|list|popovertarget|aria-labelledby|aria-describedby)="([^"]+)"', html)
    assert set(named) | set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)


def test_a_page_says_where_one_is() -> None:
    assert "aria-current" not in render("page.html")
    assert '<a href="/operations" aria-current="page">' in render("page.html", here="/operations")


def test_the_page_and_what_it_needs_are_small() -> None:
    needed = [(STATIC / name).stat().st_size for name in ("base.css", "design.css", "icon.svg")]
    assert len(design_page().encode()) + sum(needed) < 100_000
