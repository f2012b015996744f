"""Logos of the (fictitious) firms and icons of the categories, drawn on a 200 x 200 field."""
from kit import *


def _page(inner):
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200" viewBox="0 0 200 200"><defs>{DEFS}</defs>{inner}</svg>'


def suridam():
    ripples = "".join(f'<ellipse cx="100" cy="{y}" rx="{r}" ry="{f(r*.13)}" fill="none" stroke="#fff" stroke-width="5" opacity="{o}"/>' for y, r, o in ((142, 50, 1), (156, 34, .7)))
    return "#7F9F86", path("M42,128 L84,62 L106,94 L122,74 L158,128 Z", "#fff") + path("M84,62 L106,94 L96,110 L84,96 L70,106 L64,94 Z", "#C9DACB") + ripples


def dalyeoul_lab():
    return "#8C5A72", move(disc(0, 0, 36, "#F7DDB4"), 100, 76) + "".join(line(f"M{a},{y} q14,-12 28,0 t28,0 t28,0", "#fff", 6, o) for a, y, o in ((58, 128, 1), (58, 146, .75)))


def yeonbunhong_soapworks():
    return "#F3CDD3", move(flower(48, 5, "#D9708C", "#F7DFA8"), 96, 106) + "".join(disc(x, y, r, "#fff", None, None, 'opacity=".9"') for x, y, r in ((150, 56, 14), (168, 84, 8), (132, 38, 7)))


def hongsaemtteul():
    leaves = "".join(move(leaf(52, 15, "#F3D69A", "#8E2E22"), 100, 112, a) for a in (-170, -130, -90, -50, -10))
    return "#8E2E22", leaves + line("M100,112 V158", "#F3D69A", 7) + "".join(disc(x, y, 9, "#E8604C") for x, y in ((90, 118), (110, 118), (100, 104)))


def gounsup():
    return "#DCE5C4", path("M62,74 H138 V136 Q138,162 112,162 H88 Q62,162 62,136 Z", "#6F8C55") + box(56, 56, 88, 24, 10, "#B98A4E") + disc(86, 134, 9, "#fff", None, None, 'opacity=".85"') + disc(112, 144, 6, "#fff", None, None, 'opacity=".85"') + disc(108, 118, 7, "#fff", None, None, 'opacity=".85"') + move(leaf(40, 14, "#A9C48B"), 100, 56, -60) + move(leaf(34, 12, "#8FAF70"), 98, 56, -130)


def pogeundal_house():
    return "#F9E3C6", path("M44,104 L100,54 L156,104 V150 Q156,160 146,160 H54 Q44,160 44,150 Z", "#6FB0AE") + line("M36,106 L100,50 L164,106", "#2F5A60", 9) + move(moon(28, "#FCE9B8"), 100, 122)


def monggeul_sombat():
    boll = "".join(disc(x, y, 27, "#fff") for x, y in ((78, 92), (122, 92), (100, 74), (100, 104)))
    return "#A9CFCB", line("M100,120 V168", "#4C7F6A", 7) + boll + move(leaf(44, 15, "#5E967D"), 100, 128, -158) + move(leaf(44, 15, "#5E967D"), 100, 128, -22) + move(leaf(30, 10, "#5E967D"), 100, 126, -90)


def ttogak_forest():
    tree = lambda s, c: box(-6 * s, -16 * s, 12 * s, 30 * s, 3, "#8A5D38") + path(f"M0,{f(-104*s)} L{f(38*s)},{f(-14*s)} H{f(-38*s)} Z", c)
    return "#EBCB9E", move(tree(1, "#6E9A74"), 82, 146) + move(tree(.74, "#8DB88F"), 130, 148) + line("M44,160 H156", "#8A5D38", 6)


def sudalbyeol():
    out = "".join(disc(100 + s * 44, 62, 15, "#8A5E45") for s in (-1, 1)) + disc(100, 104, 66, "#A9785A", 50) + disc(100, 122, 40, "#F4E3CC", 30)
    out += "".join(disc(100 + s * 25, 92, 6, "#3A2A28") for s in (-1, 1)) + disc(100, 108, 10, "#4A332E", 7) + line("M88,124 Q94,131 100,122 Q106,131 112,124", "#4A332E", 4) + "".join(line(f"M{100+s*26},{y} L{100+s*54},{y+d}", "#6B4A38", 2.5, .7) for s in (-1, 1) for y, d in ((114, -4), (121, 0), (128, 4)))
    return "#C9D2F0", out + move(star(13, "#F3C761"), 160, 44)


def binggeul_hill():
    return "#6E84C9", path("M24,164 C60,112 140,112 176,164 Z", "#A9D0A4") + move(path("M-40,-14 H40 L8,34 L0,48 L-8,34 Z", "#F3C761") + path("M-40,-14 H40 L32,-2 H-32 Z", "#EE8F73") + box(-5, -46, 10, 34, 4, "#fff"), 100, 86, 12)


def vendor(slug):
    ground, inner = globals()[slug.replace("-", "_")]()
    return _page(f'<rect width="200" height="200" fill="{ground}"/>{inner}')


def category(slug):
    p = PALETTES[slug]
    if slug == "cosmetics":
        inner = box(84, 44, 32, 26, 6, "#D9B98C", "cyl") + path("M80,70 H120 C120,80 138,82 138,98 V150 Q138,160 128,160 H72 Q62,160 62,150 V98 C62,82 80,80 80,70 Z", p["main"], "cyl") + box(76, 106, 48, 34, 5, "#fff") + move(leaf(26, 8, p["leaf"]), 90, 124, -10)
    elif slug == "health-food":
        import food
        inner = move(food.ginseng(.40, p["leaf"]), 100, 118)
    elif slug == "baby":
        import baby
        inner = move(move(baby.teat(60), 100, 84) + box(70, 80, 60, 20, 6, p["main"], "cyl") + path("M76,100 H124 C124,108 134,110 134,122 V152 Q134,164 122,164 H78 Q66,164 66,152 V122 C66,110 76,108 76,100 Z", "#fff", "cyl") + "".join(line(f"M108,{y} h16", p["main"], 4) for y in (126, 138, 150)) + move(star(9, p["pop"]), 88, 138), 16, 20, 0, .84)
    else:
        inner = box(48, 112, 48, 48, 6, p["pop"], "side") + box(104, 112, 48, 48, 6, p["main"], "side") + path("M72,106 L100,58 L128,106 Z", p["sun"], "side") + move(star(10, "#fff"), 72, 136) + disc(128, 136, 11, "#fff")
    return _page(disc(100, 100, 96, p["shape"]) + disc(100, 100, 86, p["soft"], None, None, 'opacity=".55"') + inner)
