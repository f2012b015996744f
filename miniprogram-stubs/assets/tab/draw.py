"""Draws the icons of the tab bar, 81 x 81: `pip install resvg_py==0.5.0`, then `python draw.py`."""

import pathlib

import resvg_py

HERE = pathlib.Path(__file__).parent
PLAIN, ON = "#8C7F75", "#B9472F"

# Lines on a grid of 24; {fill} is the tint of what is chosen.
SHAPES = {
    "home": '<path d="M4 11.2 12 4.4l8 6.8V19a1.4 1.4 0 0 1-1.4 1.4H5.4A1.4 1.4 0 0 1 4 19z" fill="{fill}"/>'
    '<path d="M9.6 20.2v-5.4h4.8v5.4"/>',
    "cart": '<path d="M6.4 7.4h14l-1.7 8.2H8.2z" fill="{fill}"/><path d="M3 4.2h2.6l2.6 11.4"/>'
    '<circle cx="9.4" cy="19.2" r="1.2"/><circle cx="17.4" cy="19.2" r="1.2"/>',
    "orders": '<path d="M5.4 3.8h13.2v16.6l-2.2-1.5-2.2 1.5-2.2-1.5-2.2 1.5-2.2-1.5-2.2 1.5z" fill="{fill}"/>'
    '<path d="M8.8 8.6h6.4M8.8 12.4h6.4"/>',
    "me": '<circle cx="12" cy="8.2" r="3.9" fill="{fill}"/><path d="M4.6 20.2c.7-3.8 3.7-5.8 7.4-5.8s6.7 2 7.4 5.8z" fill="{fill}"/>',
}


def draw(name: str, ink: str, fill: str) -> None:
    shape = SHAPES[name.removesuffix("-on")].format(fill=fill)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="81" height="81" fill="none" stroke="{ink}" '
        f'stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round">{shape}</svg>'
    )
    (HERE / f"{name}.png").write_bytes(bytes(resvg_py.svg_to_bytes(svg_string=svg)))


for icon in SHAPES:
    draw(icon, PLAIN, "none")
    draw(f"{icon}-on", ON, "#FBE9E3")
