"""Health food: sticks, pouches, jars, jelly, gummies, and the ginseng root that belongs to them."""
from kit import *

ROOT, ROOT_LINE = "#D9A667", "#A9743C"


def ginseng(scale=1.0, leaves=None):
    body = ("M-26,-96 C-44,-70 -46,-30 -34,0 C-30,26 -50,52 -66,92 C-70,104 -60,106 -54,94 C-42,66 -22,48 -12,34 "
            "C-8,64 -14,100 -22,138 C-24,150 -14,152 -11,140 C0,104 8,70 10,36 C22,52 40,74 58,104 C64,114 72,108 66,96 C54,66 34,34 32,4 "
            "C46,-30 44,-72 24,-96 C12,-108 -14,-108 -26,-96 Z")
    out = line("M-34,-24 C-70,-10 -84,14 -88,44 M34,-20 C66,-12 84,6 92,34 M-58,96 C-66,112 -66,124 -70,138 M62,100 C70,114 76,122 78,136 M-18,140 C-20,156 -14,166 -16,178 M-84,20 C-96,28 -100,36 -104,46 M82,8 C94,14 100,20 106,30", ROOT, 6)
    out += path(body, ROOT, "ball") + line("M-26,-70 H8 M-12,-46 H28 M-30,-22 H0 M-4,4 H26 M-22,22 H0", ROOT_LINE, 3, .45)
    out += box(-10, -116, 20, 22, 6, ROOT_LINE)
    if leaves:
        out += line("M0,-112 C2,-150 -4,-170 0,-196", leaves, 5) + "".join(move(leaf(62, 17, leaves), 0, -190, a) for a in (-160, -125, -90, -55, -20))
        out += "".join(disc(x, y, 8, "#C83F35", None, "ball") for x, y in ((-7, -204), (8, -206), (0, -218), (14, -196), (-14, -194)))
    return move(out, 0, 0, 0, scale)


def sachet(w, h, fill, words, ink, band=None):
    """A stick pack standing on (0,0)."""
    out = box(-w / 2, -h, w, h, 4, fill, "cyl") + line(f"M{f(-w/2+3)},{f(-h+14)} H{f(w/2-3)} M{f(-w/2+3)},-14 H{f(w/2-3)}", "#fff", 2, .55, "3 4")
    if band:
        out += box(-w / 2, -h * .34, w, h * .20, 0, band)
    for i, sign in enumerate(words):
        out += text(0, -h * .78 + i * w * .52, sign, w * .42, ink, weight=500)
    return out


def red_ginseng_stick(p):
    gift = shadow(0, 4, 150) + box(-140, -250, 280, 250, 8, "#A63A2B", "side") + box(-140, -250, 280, 54, (8, 8, 0, 0), "#8E2E22", "side") + line("M-140,-196 H140", "#E7BE74", 4)
    gift += disc(0, -104, 64, "none", None, None, 'stroke="#E7BE74" stroke-width="3"') + text(0, -108, "红参", 44, "#F7E3B5", weight=500, spacing=4, serif=True) + text(0, -76, "六年根", 18, "#F7E3B5", spacing=6) + text(0, -216, "HONGSAEMTTEUL", 15, "#E7BE74", spacing=5)
    sticks = "".join(move(sachet(44, 268, c, "红参浓缩液", "#F7E3B5", "#E7BE74"), x, 600, a) for x, a, c in ((512, -6, "#8E2E22"), (566, 0, "#B2432F"), (620, 6, "#8E2E22")))
    return [backdrop(p, "circle"), move(ginseng(1.12, p["leaf"]), 190, 318, -12), shadow(566, 604, 110, 14), sticks, move(gift, 330, 594),
            move(ginseng(.42), 610, 650, 78), disc(150, 618, 11, "#C83F35", None, "ball"), disc(176, 626, 9, "#C83F35", None, "ball")]


def red_ginseng_jujube_drink(p):
    def pouch(fill, tone):
        out = path("M-92,-300 H92 L86,-40 Q84,0 60,0 H-60 Q-84,0 -86,-40 Z", fill, "cyl") + box(-94, -312, 188, 30, 4, tone, "side") + line("M-88,-290 H88", "#fff", 2, .5, "4 5")
        out += path("M-86,-34 C-50,-64 50,-64 86,-34 Q84,0 60,0 H-60 Q-84,0 -86,-34 Z", tone, None, 'opacity=".55"')
        out += disc(0, -170, 66, p["paper"], None, None, 'opacity=".94"') + text(0, -170, "红参", 32, p["deep"], weight=500, spacing=3, serif=True) + text(0, -138, "大枣饮", 22, p["deep"], spacing=4, serif=True)
        return out + text(0, -76, "70 ml", 16, "#fff", spacing=2)
    jujube = lambda t=0: move(disc(0, 0, 36, "#96331F", 26, "ball") + line("M-14,-10 q10,8 26,4 M-6,8 q10,6 20,0", "#6F2012", 2.5, .5) + disc(34, 0, 4, "#6F2012", 6), 0, 0, t)
    half = disc(0, 0, 34, "#96331F", 25) + disc(0, 0, 26, "#E9C08A", 18) + disc(0, 0, 13, "#8A4A22", 7)
    cup = shadow(0, 6, 92, 14) + path("M-74,-112 H74 C74,-50 56,0 24,0 H-24 C-56,0 -74,-50 -74,-112 Z", "#FDF8EE", "cyl") + disc(0, -112, 74, "#EFE3CC", 17) + disc(0, -110, 64, "#A8482B", 13)
    cup += move(jujube(), 14, -113, 10).replace('scale(1.000,1.000)', 'scale(.5,.32)', 1) + line("M-20,-150 c-10,-14 10,-22 0,-38 M12,-156 c-10,-14 10,-22 0,-38", "#fff", 5, .7)
    return [backdrop(p, "arch"), shadow(330, 594, 170), move(pouch("#C9603C", "#A9462A"), 262, 584, -7), move(pouch("#DD8A4E", "#BF6C34"), 392, 594, 3), move(cup, 566, 606),
            move(jujube(), 150, 612, 18), move(half, 214, 630, -8), move(jujube(), 446, 634, -20, .82), move(leaf(84, 22, p["leaf"]), 96, 590, -40), move(sprig(230, 4, 66, 18, p["leaf"], p["leaf"]), 628, 470, 14)]


def pure_red_ginseng_extract(p):
    jar = shadow(0, 6, 160) + path("M-122,-212 H122 C140,-206 146,-190 146,-170 V-36 Q146,0 110,0 H-110 Q-146,0 -146,-36 V-170 C-146,-190 -140,-206 -122,-212 Z", "#4A1F16", "cyl")
    jar += box(-128, -290, 256, 84, (14, 14, 6, 6), "#D8AC5E", "cyl") + "".join(line(f"M{x},-278 V-216", "#8E6A2B", 2, .25) for x in range(-112, 113, 16))
    jar += box(-100, -170, 200, 134, 6, "#F9EFD8") + box(-92, -162, 184, 118, 3, "none", None, 'stroke="#B98C43" stroke-width="2"') + text(0, -100, "红参膏", 39, "#8E2E22", weight=700, spacing=6, serif=True)
    jar += text(0, -66, "六年根 · 240 g", 17, p["deep"], spacing=2) + text(0, -145, "HONGSAEMTTEUL", 11, "#8E6A2B", spacing=3)
    chest = shadow(0, 4, 140) + box(-130, -330, 260, 330, 8, "#8E2E22", "side") + box(-112, -312, 224, 294, 4, "none", None, 'stroke="#E0B45F" stroke-width="3"') + text(0, -238, "红参膏", 38, "#F2D79A", weight=500, spacing=8, serif=True)
    chest += move(ginseng(.78), 0, -112).replace(ROOT, "#E0B45F").replace(ROOT_LINE, "#B98C43")
    spoon = move(box(-8, -190, 16, 150, 8, "#C99B62", "side") + disc(0, -14, 27, "#C99B62", 36, "fall") + disc(0, -12, 19, "#5B2313", 26) + disc(-5, -22, 6, "#fff", 8, None, 'opacity=".3"'), 500, 640, 74)
    return [backdrop(p, "window"), move(chest, 500, 586), move(jar, 286, 596), spoon, move(ginseng(.5), 140, 640, -70)]


def daily_probiotic_stick(p):
    carton = shadow(0, 4, 140) + box(-128, -300, 256, 300, 8, "#FFFDF6", "side") + path("M-128,-92 C-70,-140 -10,-60 50,-100 C84,-122 108,-118 128,-104 V-8 Q128,0 120,0 H-120 Q-128,0 -128,-8 Z", "#BFD3A2", "side")
    carton += text(0, -222, "每日", 24, p["deep"], spacing=8) + text(0, -174, "益生菌", 46, p["deep"], weight=500, spacing=5) + text(0, -268, "GOUNSUP", 14, "#7E9A64", spacing=6) + text(46, -16, "2 g × 30", 18, p["deep"], spacing=2)
    pills = "".join(move(box(-16, -6, 32, 12, 6, c), x, y, a) for x, y, a, c in ((-86, -66, 20, "#fff"), (-40, -50, -30, "#F0C36A"), (74, -74, 40, "#fff"), (34, -66, -12, "#E79A63"), (96, -44, -20, "#F0C36A")))
    sticks = "".join(move(sachet(40, 240, c, "益生菌", p["deep"], b), x, 604, a) for x, a, c, b in ((500, -8, "#FFFDF6", "#BFD3A2"), (552, 0, "#F6E5BE", "#E7B765"), (604, 8, "#FFFDF6", "#E79A63")))
    float_ = "".join(move(box(-22, -9, 44, 18, 9, c, "fall"), x, y, a) for x, y, a, c in ((170, 220, 25, "#fff"), (232, 150, -35, "#AFC08D"), (556, 210, 40, "#fff"), (500, 150, -15, "#E7B765"), (604, 290, -30, "#AFC08D")))
    float_ += "".join(disc(x, y, r, c) for x, y, r, c in ((132, 290, 9, "#E7B765"), (290, 112, 8, "#fff"), (452, 110, 7, "#AFC08D"), (640, 220, 8, "#E79A63")))
    bowl = shadow(0, 4, 84, 12) + path("M-80,-54 H80 C78,-18 50,0 22,0 H-22 C-50,0 -78,-18 -80,-54 Z", "#E9D3A4", "cyl") + disc(0, -54, 80, "#FFFDF8", 17) + disc(-26, -58, 12, "#5F6FA8", None, "ball") + disc(2, -62, 13, "#5F6FA8", None, "ball") + disc(30, -57, 11, "#C8574B", None, "ball")
    return [backdrop(p, "circle"), float_, shadow(552, 606, 100, 12), sticks, move(carton + pills, 330, 594), move(bowl, 170, 626)]


def pomegranate_collagen_jelly(p):
    def seeds(r):
        out = ""
        for ring, n in ((0, 1), (.36, 6), (.70, 11)):
            out += "".join(move(move(disc(0, 0, r * .155, "#C2294A", r * .19, "ball"), r * ring, 0, 90), 0, 0, 360 * i / n + ring * 40) for i in range(n))
        return out
    fruit = path("M-20,-118 L-34,-152 L-12,-138 L0,-158 L12,-138 L34,-152 L20,-118 Z", "#B93447", "fall") + disc(0, 0, 124, "#CC3F52", None, "ball")
    cut = disc(0, 0, 104, "#CC3F52", 104) + disc(0, 0, 94, "#F6DFC0") + seeds(88)
    sticks = "".join(move(sachet(56, 300, c, "胶原果冻", i, b), x, 598, a) for x, a, c, i, b in ((372, -8, "#F6C9C4", p["deep"], "#CC3F52"), (446, 0, "#CC3F52", "#FFF3E6", "#F6DFC0"), (520, 8, "#F6C9C4", p["deep"], "#CC3F52")))
    jelly = path("M0,0 C30,-18 74,-16 96,2 C112,16 104,40 76,44 C44,50 10,46 -4,30 C-12,18 -10,6 0,0 Z", "#D5455C", "ball", 'opacity=".88"') + line("M18,8 C34,0 56,0 70,8", "#fff", 6, .55)
    arils = "".join(move(disc(0, 0, 12, "#C2294A", 15, "ball"), x, y, a) for x, y, a in ((120, 622, 20), (150, 636, 80), (346, 634, -30), (96, 646, 50)))
    return [backdrop(p, "twin"), shadow(238, 594, 140), move(fruit, 208, 440, -14), shadow(270, 612, 90, 12), move(cut, 286, 510, 10), shadow(450, 604, 120, 14), sticks, move(jelly, 560, 600), arils]


def vitamin_c_gummy(p):
    def pouch(fill, tone, deco, words):
        out = path("M-108,-330 H108 L104,-42 Q102,0 74,0 H-74 Q-102,0 -104,-42 Z", fill, "cyl") + box(-110, -344, 220, 40, 5, tone, "side") + line("M-104,-296 H104 M-104,-288 H104", "#fff", 2.5, .5)
        out += text(0, -232, "维生素 C", 32, "#fff", weight=500, spacing=2) + text(0, -200, words, 20, "#fff", spacing=3)
        return out + disc(0, -106, 70, p["paper"], None, None, 'opacity=".95"') + move(deco, 0, -106) + text(0, -16, "GOUNSUP", 12, "#fff", spacing=5, opacity=.9)
    orange = disc(0, 4, 42, "#F2A03D", None, "ball") + move(leaf(34, 10, p["leaf"]), 0, -36, -24) + disc(0, -36, 4, p["leaf"])
    slice_ = disc(0, 0, 44, "#F2A03D") + disc(0, 0, 37, "#FFF1D2") + "".join(move(path("M4,-5 L30,-13 Q36,0 30,13 L4,5 Z", "#F6B45B"), 0, 0, 45 * i) for i in range(8))
    grapes = "".join(disc(x, y, 14, "#7B5BA6", None, "ball") for x, y in ((-26, -16), (0, -18), (26, -16), (-14, 6), (13, 6), (0, 28))) + line("M0,-30 V-48", "#7E9A64", 4) + move(leaf(36, 13, p["leaf"]), 2, -40, -16)
    gum = lambda c: path("M-24,8 C-26,-14 -12,-24 0,-24 C12,-24 26,-14 24,8 C22,22 -22,22 -24,8 Z", c, "ball") + line("M-10,-8 q8,-8 18,-4", "#fff", 4, .6)
    gums = "".join(move(gum(c), x, y, a) for x, y, a, c in ((150, 616, -14, "#F2A03D"), (206, 632, 12, "#F6BE5E"), (372, 636, -8, "#F2A03D"), (430, 628, 20, "#8F70BA"), (602, 620, -16, "#8F70BA"), (556, 640, 10, "#A98DCC")))
    return [backdrop(p, "hills"), shadow(268, 596, 130), shadow(500, 600, 120), move(pouch("#EFA44A", "#D9852B", orange, "济州柑橘味"), 262, 592, -4), move(pouch("#9A7BC0", "#7D5FA6", grapes, "巨峰葡萄味"), 498, 598, 4),
            move(slice_, 132, 250, 0, .95), move(slice_, 620, 210, 20, .7), gums]
