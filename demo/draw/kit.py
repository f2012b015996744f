"""Drawing kit: palettes, backdrops and the small shapes that every picture shares. SVG text in, SVG text out."""
from math import cos, pi, sin

SIZE = 750
FLOOR = 586  # where things stand

PALETTES = {
    "cosmetics": dict(wall="#F5E9E6", table="#EBD6D1", shape="#EFD0CB", soft="#FBF5F3", main="#C9798A", deep="#6B3645",
                      leaf="#8FAA8B", leaf2="#B5C7AA", pop="#E3A48F", paper="#FFFCFA"),
    "health-food": dict(wall="#F8EDD9", table="#EBD7B2", shape="#F2D79E", soft="#FFF9EC", main="#B2432F", deep="#5C2A1E",
                        leaf="#7E9A64", leaf2="#AFC08D", pop="#DE9440", paper="#FFFCF4"),
    "baby": dict(wall="#E4F1EE", table="#CBE3DE", shape="#BFDEDA", soft="#F6FBFA", main="#6FB0AE", deep="#2F5A60",
                 leaf="#8DBB9A", leaf2="#B9D8BE", pop="#F2C08B", paper="#FFFFFF"),
    "toys": dict(wall="#EBE9F7", table="#D6D3EC", shape="#D3D0F0", soft="#F9F8FE", main="#6E84C9", deep="#393C6B",
                 leaf="#84B68C", leaf2="#B4D3B0", pop="#EE8F73", paper="#FFFFFF", sun="#F3C761", wood="#DDB07F"),
}

DEFS = """
<linearGradient id="cyl"><stop offset="0" stop-color="#000" stop-opacity=".07"/><stop offset=".06" stop-color="#000" stop-opacity="0"/>
<stop offset=".13" stop-color="#fff" stop-opacity="0"/><stop offset=".13" stop-color="#fff" stop-opacity=".42"/>
<stop offset=".22" stop-color="#fff" stop-opacity=".42"/><stop offset=".22" stop-color="#fff" stop-opacity="0"/>
<stop offset=".72" stop-color="#000" stop-opacity="0"/><stop offset=".72" stop-color="#000" stop-opacity=".08"/>
<stop offset="1" stop-color="#000" stop-opacity=".14"/></linearGradient>
<linearGradient id="side"><stop offset=".62" stop-color="#000" stop-opacity="0"/><stop offset=".62" stop-color="#000" stop-opacity=".07"/>
<stop offset="1" stop-color="#000" stop-opacity=".10"/></linearGradient>
<linearGradient id="fall" x2="0" y2="1"><stop offset="0" stop-color="#fff" stop-opacity=".16"/><stop offset=".5" stop-color="#fff" stop-opacity="0"/>
<stop offset="1" stop-color="#000" stop-opacity=".09"/></linearGradient>
<radialGradient id="ball" cx=".36" cy=".30" r=".75"><stop offset="0" stop-color="#fff" stop-opacity=".38"/><stop offset=".45" stop-color="#fff" stop-opacity="0"/>
<stop offset="1" stop-color="#000" stop-opacity=".13"/></radialGradient>
<filter id="blur" x="-30%" y="-80%" width="160%" height="260%"><feGaussianBlur stdDeviation="9"/></filter>
"""


def f(value):
    return f"{value:.1f}".rstrip("0").rstrip(".")


def path(d, fill, finish=None, extra=""):
    """A filled path; `finish` lays light and shade of the same outline over it: cyl, side, fall or ball."""
    out = f'<path d="{d}" fill="{fill}" {extra}/>'
    return out + (f'<path d="{d}" fill="url(#{finish})" {extra}/>' if finish else "")


def line(d, colour, width=3, opacity=1, dash=None):
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="{f(width)}" stroke-opacity="{opacity}" '
            f'stroke-linecap="round" stroke-linejoin="round"{dashes}/>')


def rounded(x, y, w, h, r):
    """Outline of a box; r is one radius or four (top left, top right, bottom right, bottom left)."""
    a, b, c, e = r if isinstance(r, tuple) else (r, r, r, r)
    return (f"M{f(x + a)},{f(y)} H{f(x + w - b)} Q{f(x + w)},{f(y)} {f(x + w)},{f(y + b)} V{f(y + h - c)} "
            f"Q{f(x + w)},{f(y + h)} {f(x + w - c)},{f(y + h)} H{f(x + e)} Q{f(x)},{f(y + h)} {f(x)},{f(y + h - e)} "
            f"V{f(y + a)} Q{f(x)},{f(y)} {f(x + a)},{f(y)} Z")


def box(x, y, w, h, r, fill, finish=None, extra=""):
    return path(rounded(x, y, w, h, r), fill, finish, extra)


def disc(cx, cy, rx, fill, ry=None, finish=None, extra=""):
    ry = rx if ry is None else ry
    d = f"M{f(cx - rx)},{f(cy)} a{f(rx)},{f(ry)} 0 1 0 {f(2 * rx)},0 a{f(rx)},{f(ry)} 0 1 0 {f(-2 * rx)},0 Z"
    return path(d, fill, finish, extra)


def move(inner, x=0, y=0, turn=0, scale=1, flip=False):
    sx = -scale if flip else scale
    return f'<g transform="translate({f(x)},{f(y)}) rotate({f(turn)}) scale({sx:.3f},{scale:.3f})">{inner}</g>'


def shadow(cx, cy, rx, ry=16, opacity=0.20, colour="#3B2A2A"):
    return f'<ellipse cx="{f(cx)}" cy="{f(cy)}" rx="{f(rx)}" ry="{f(ry)}" fill="{colour}" opacity="{opacity}" filter="url(#blur)"/>'


def text(x, y, words, size, colour, *, weight=400, spacing=0, anchor="middle", opacity=1, serif=False):
    family = "Noto Serif CJK SC" if serif else "Noto Sans CJK SC"
    words = words.replace("&", "&amp;").replace("<", "&lt;")
    return (f'<text x="{f(x)}" y="{f(y)}" font-family="{family}" font-size="{f(size)}" font-weight="{weight}" fill="{colour}" '
            f'fill-opacity="{opacity}" letter-spacing="{f(spacing)}" text-anchor="{anchor}">{words}</text>')


def leaf(length, width, fill, vein="#fff", veins=0.35):
    d = f"M0,0 C{f(length * .25)},{f(-width)} {f(length * .7)},{f(-width)} {f(length)},0 C{f(length * .7)},{f(width)} {f(length * .25)},{f(width)} 0,0 Z"
    half = f"M0,0 C{f(length * .25)},{f(width)} {f(length * .7)},{f(width)} {f(length)},0 Z"
    return (path(d, fill) + f'<path d="{half}" fill="#000" opacity=".07"/>' + line(f"M{f(length * .08)},0 H{f(length * .9)}", vein, 2, veins))


def heart_leaf(size, fill):
    s = size
    d = (f"M0,0 C{f(-s * .2)},{f(-s * .28)} {f(-s * .72)},{f(-s * .30)} {f(-s * .70)},{f(-s * .72)} C{f(-s * .66)},{f(-s * 1.06)} {f(-s * .16)},{f(-s * 1.04)} 0,{f(-s * .80)} "
         f"C{f(s * .16)},{f(-s * 1.04)} {f(s * .66)},{f(-s * 1.06)} {f(s * .70)},{f(-s * .72)} C{f(s * .72)},{f(-s * .30)} {f(s * .2)},{f(-s * .28)} 0,0 Z")
    veins = line(f"M0,{f(-s * .06)} V{f(-s * .74)} M0,{f(-s * .3)} L{f(s * .36)},{f(-s * .6)} M0,{f(-s * .3)} L{f(-s * .36)},{f(-s * .6)}", "#fff", 2, 0.4)
    return move(path(d, fill) + veins, 0, 0, 180)


def sprig(height, pairs, size, width, fill, stem):
    """A stem from (0,0) upwards with pairs of leaves."""
    out = line(f"M0,0 C{f(height * .06)},{f(-height * .4)} {f(-height * .03)},{f(-height * .7)} {f(height * .04)},{f(-height)}", stem, 4)
    for i in range(pairs):
        at = height * (0.22 + 0.62 * i / max(1, pairs - 1))
        grow = 1 - 0.45 * i / pairs
        x = height * 0.02
        out += move(leaf(size * grow, width * grow, fill), x, -at, -34) + move(leaf(size * grow, width * grow, fill), x, -at, 214)
    return out + move(leaf(size * 0.6, width * 0.6, fill), height * 0.04, -height + 4, -86)


def flower(radius, petals, fill, heart, size=0.62, notch=False):
    out = ""
    for i in range(petals):
        out += move(disc(radius * 0.62, 0, radius * size * 0.72, fill, radius * size * 0.56), 0, 0, 360 * i / petals - 90)
        out += move(line(f"M{f(radius * .22)},0 H{f(radius * .62)}", "#fff", 2, 0.4), 0, 0, 360 * i / petals - 90)
    return out + disc(0, 0, radius * 0.24, heart)


def droplet(size, fill, glint=True):
    d = f"M0,{f(-size)} C{f(size * .55)},{f(-size * .3)} {f(size * .72)},{f(size * .1)} {f(size * .62)},{f(size * .42)} A{f(size * .64)},{f(size * .64)} 0 1 1 {f(-size * .62)},{f(size * .42)} C{f(-size * .72)},{f(size * .1)} {f(-size * .55)},{f(-size * .3)} 0,{f(-size)} Z"
    out = path(d, fill)
    return out + (line(f"M{f(-size * .34)},{f(size * .42)} A{f(size * .4)},{f(size * .4)} 0 0 0 {f(-size * .05)},{f(size * .74)}", "#fff", size * .12, .7) if glint else "")


def star(radius, fill, points=5, inner=0.5):
    pts = []
    for i in range(points * 2):
        r = radius if i % 2 == 0 else radius * inner
        a = pi * i / points - pi / 2
        pts.append(f"{f(r * cos(a))},{f(r * sin(a))}")
    return f'<polygon points="{" ".join(pts)}" fill="{fill}" stroke="{fill}" stroke-width="{f(radius * .22)}" stroke-linejoin="round"/>'


def moon(radius, fill):
    r = radius
    return path(f"M{f(-r * .2)},{f(-r)} A{f(r)},{f(r)} 0 1 0 {f(r)},{f(r * .25)} A{f(r * .82)},{f(r * .82)} 0 0 1 {f(-r * .2)},{f(-r)} Z", fill)


def backdrop(p, kind):
    """Wall, table and one large quiet shape behind the goods."""
    out = f'<rect width="{SIZE}" height="{SIZE}" fill="{p["wall"]}"/>'
    if kind == "circle":
        out += disc(375, 335, 262, p["shape"])
    elif kind == "arch":
        out += box(165, 78, 420, 560, (210, 210, 0, 0), p["shape"]) + box(205, 118, 340, 520, (170, 170, 0, 0), p["soft"], extra='opacity=".45"')
    elif kind == "sun":
        out += disc(520, 225, 128, p["shape"]) + path("M0,520 C120,400 250,395 380,460 S640,540 750,430 V640 H0 Z", p["shape"], extra='opacity=".55"')
    elif kind == "hills":
        out += path("M0,420 C140,270 270,300 375,370 C500,450 590,300 750,330 V640 H0 Z", p["shape"], extra='opacity=".75"')
        out += path("M0,510 C170,410 300,470 430,480 C560,490 640,440 750,450 V640 H0 Z", p["soft"], extra='opacity=".5"')
    elif kind == "window":
        out += box(150, 95, 450, 400, 34, p["shape"]) + box(172, 117, 406, 356, 22, p["soft"], extra='opacity=".55"')
        out += line("M375,117 V473 M172,295 H578", p["shape"], 12)
    elif kind == "twin":
        out += disc(270, 300, 190, p["shape"]) + disc(510, 370, 150, p["soft"], extra='opacity=".7"')
    out += f'<rect y="560" width="{SIZE}" height="190" fill="{p["table"]}"/><rect y="560" width="{SIZE}" height="5" fill="#fff" opacity=".35"/>'
    return out


def plinth(p, cx, top, width, height=46):
    ry = width * 0.075
    base = f"M{f(cx - width / 2)},{f(top)} V{f(top + height)} A{f(width / 2)},{f(ry)} 0 0 0 {f(cx + width / 2)},{f(top + height)} V{f(top)} Z"
    return shadow(cx, top + height + ry * .7, width * .54, 15) + path(base, p["shape"], "side") + disc(cx, top, width / 2, p["soft"], ry)


def page(parts, p, caption):
    words = text(375, 714, caption, 25, p["deep"], weight=500, spacing=3, opacity=.82) if caption else ""
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIZE}" height="{SIZE}" viewBox="0 0 {SIZE} {SIZE}"><defs>{DEFS}</defs>'
            + "".join(parts) + words + "</svg>")
