"""Cosmetics: sachets, bottles, jars, tubes. Each function returns the parts of one picture."""
from kit import *


def heartleaf_soothing_mask(p):
    def pouch(fill, band):
        top = "M-92,-300 " + "".join(f"l9.2,{'-8' if i % 2 == 0 else '8'} " for i in range(20))
        body = top + "L92,0 Q92,6 86,6 H-86 Q-92,6 -92,0 Z"
        out = path(body, fill, "side") + line("M-88,-276 H88 M-88,-14 H88", "#fff", 3, .6)
        out += move(heart_leaf(52, band), -4, -180, 12) + move(heart_leaf(34, p["leaf2"]), 34, -150, 48)
        return out + text(0, -92, "鱼腥草", 26, p["deep"], weight=500, spacing=4) + text(0, -64, "SURIDAM", 13, p["deep"], spacing=5) + line("M-24,-46 H24", p["deep"], 2, .5)

    face = ("M0,-132 C78,-132 104,-74 100,-8 C96,66 46,128 0,128 C-46,128 -96,66 -100,-8 C-104,-74 -78,-132 0,-132 Z "
            "M-68,-36 C-52,-54 -30,-54 -18,-34 C-34,-26 -54,-26 -68,-36 Z M68,-36 C52,-54 30,-54 18,-34 C34,-26 54,-26 68,-36 Z "
            "M-32,64 C-16,50 16,50 32,64 C16,82 -16,82 -32,64 Z")
    mask = path(face, "#FFFFFF", None, 'fill-rule="evenodd"') + path(face, "url(#fall)", None, 'fill-rule="evenodd"') + line("M-12,28 Q0,40 12,28", p["table"], 4)
    return [backdrop(p, "circle"), shadow(330, 594, 190), move(pouch("#C6D5BC", p["leaf"]), 196, 578, -13, 1.12), move(pouch(p["paper"], p["leaf"]), 338, 590, 2, 1.2),
            shadow(575, 604, 86, 14), move(mask, 568, 472, 8), move(droplet(24, "#fff"), 560, 240), move(droplet(15, "#fff"), 600, 190),
            move(heart_leaf(46, p["leaf"]), 128, 612, 70), move(heart_leaf(34, p["leaf2"]), 92, 580, 20)]


def mugwort_essence_toner(p):
    def bottle(w, h, cap, fill, words):
        out = box(-w * .20, -h - cap, w * .40, cap + 6, (8, 8, 2, 2), "#D9C3A0", "cyl")
        out += path(f"M{-w*.2},{-h} H{w*.2} C{w*.2},{-h+26} {w*.5},{-h+24} {w*.5},{-h+78} V-18 Q{w*.5},0 {w*.5-18},0 H{-w*.5+18} Q{-w*.5},0 {-w*.5},-18 V{-h+78} C{-w*.5},{-h+24} {-w*.2},{-h+26} {-w*.2},{-h} Z", fill, "cyl")
        out += box(-w * .34, -h * .60, w * .68, h * .40, 6, p["paper"], None, 'opacity=".93"')
        out += move(sprig(46, 3, 22, 6, p["leaf"], p["leaf"]), 0, -h * .44, 0)
        return out + text(0, -h * .34, words, w * .125, p["deep"], weight=500, spacing=3) + text(0, -h * .265, "SURIDAM", w * .068, p["deep"], spacing=3)

    ripple = "".join(f'<ellipse cx="375" cy="622" rx="{r}" ry="{f(r*.16)}" fill="none" stroke="#fff" stroke-width="3" opacity="{o}"/>' for r, o in ((150, .8), (215, .5), (285, .3)))
    return [backdrop(p, "arch"), ripple, shadow(330, 592, 95), shadow(492, 596, 75), move(sprig(330, 5, 92, 20, p["leaf2"], p["leaf2"]), 178, 590, -10),
            move(bottle(160, 350, 52, "#B9CDA9", "艾草"), 330, 592), move(bottle(120, 226, 40, "#C9D8BC", "艾草"), 492, 598),
            move(sprig(170, 4, 64, 14, p["leaf"], p["leaf"]), 600, 606, 22), move(droplet(16, "#fff"), 590, 300)]


def centella_panthenol_cream(p):
    out = shadow(0, 4, 175, 18)
    out += path("M-150,-150 V-34 Q-150,0 -116,0 H116 Q150,0 150,-34 V-150 Z", "#F9FBF6", "cyl")
    out += disc(0, -150, 150, "#EDF1E6", 30) + disc(0, -150, 132, p["paper"], 25)
    out += path("M-104,-152 C-70,-192 -20,-160 6,-186 C30,-206 52,-178 40,-166 C80,-176 112,-160 104,-148 C60,-128 -60,-128 -104,-152 Z", "#FFFFFF", "fall")
    out += text(0, -74, "积雪草泛醇", 26, p["deep"], weight=500, spacing=4) + text(0, -44, "SURIDAM  50 g", 13, p["deep"], spacing=4)
    lid = disc(0, 0, 118, p["leaf2"], 118, "ball") + disc(0, 0, 92, "none", 92, None, 'stroke="#fff" stroke-opacity=".5" stroke-width="3"') + move(heart_leaf(52, p["leaf"]), 0, 26, 180)
    fan = lambda s, c: move("".join(move(disc(0, -s * .5, s * .34, c, s * .36), 0, 0, a) for a in (-72, -36, 0, 36, 72)) + disc(0, -s * .30, s * .42, c) + line(f"M0,{s*.5} V{-s*.2}", c, 5) + line(f"M0,{-s*.1} L0,{-s*.7} M0,{-s*.1} L{s*.42},{-s*.5} M0,{-s*.1} L{-s*.42},{-s*.5}", "#fff", 2, .45))
    spatula = move(box(-8, -150, 16, 108, 8, "#DCC6A6", "side") + box(-15, -50, 30, 66, (10, 10, 16, 16), "#DCC6A6", "side"), 520, 634, 82)
    return [backdrop(p, "twin"), shadow(545, 592, 120), move(lid, 545, 480), move(out, 330, 594), spatula,
            move(fan(74, p["leaf"]), 150, 420, -16), move(fan(52, p["leaf2"]), 214, 340, 14), move(fan(44, p["leaf"]), 640, 300, 20)]


def omija_ferment_serum(p):
    out = shadow(0, 6, 110)
    out += path("M-28,-420 Q-28,-456 0,-456 Q28,-456 28,-420 V-360 H-28 Z", "#7C4552", "cyl") + box(-44, -366, 88, 62, 8, "#D9B98C", "cyl")
    out += path("M-34,-306 H34 V-286 C34,-270 88,-270 88,-230 V-22 Q88,0 66,0 H-66 Q-88,0 -88,-22 V-230 C-88,-270 -34,-270 -34,-286 Z", "#D8838C", "cyl")
    out += path("M-76,-190 H76 V-24 Q76,-12 64,-12 H-64 Q-76,-12 -76,-24 Z", "#B54A5C", None, 'opacity=".55"') + box(-4, -300, 8, 220, 4, "#fff", None, 'opacity=".45"')
    out += box(-58, -172, 116, 116, 6, p["paper"], None, 'opacity=".94"') + text(0, -122, "五味子", 28, p["deep"], weight=500, spacing=3) + text(0, -94, "发酵精华", 17, p["deep"], spacing=3) + text(0, -70, "DALYEOUL", 11, p["deep"], spacing=3)
    berries = line("M0,0 C-10,60 10,90 0,150", p["leaf"], 5) + move(leaf(90, 26, p["leaf"]), 0, 6, 200) + move(leaf(70, 22, p["leaf2"]), 2, 4, -20)
    for x, y, r in ((-16, 56, 19), (18, 64, 20), (-20, 94, 20), (14, 104, 21), (-12, 132, 19), (20, 140, 17), (2, 166, 18)):
        berries += disc(x, y, r, "#C24656", None, "ball")
    drop = move(droplet(34, "#CB6272"), 560, 250)
    flat = "".join(disc(x, y, r, "#C24656", None, "ball") for x, y, r in ((560, 596, 22), (604, 606, 19), (520, 612, 18), (206, 606, 20), (172, 592, 16)))
    return [backdrop(p, "circle"), plinth(p, 375, 560, 330, 40), move(out, 375, 566), move(berries, 200, 240, 8), drop, flat]


def peony_eye_cream(p):
    out = shadow(0, 4, 130)
    out += path("M-112,-118 V-30 Q-112,0 -82,0 H82 Q112,0 112,-30 V-118 Z", "#F3D9DC", "cyl") + box(-112, -214, 224, 98, (16, 16, 4, 4), "#C9A36A", "cyl") + box(-112, -124, 224, 8, 2, "#A9854F")
    out += text(0, -62, "牡丹籽眼霜", 24, p["deep"], weight=500, spacing=3) + text(0, -34, "DALYEOUL  20 g", 12, p["deep"], spacing=3)
    peony = ""
    for r, n, c in ((118, 9, "#E9B7BF"), (88, 8, "#DE9AA8"), (58, 6, "#CF7C90")):
        for i in range(n):
            peony += move(disc(r * .58, 0, r * .46, c, r * .36), 0, 0, 360 * i / n + r)
        peony += disc(0, 0, r * .5, c)
    peony += disc(0, 0, 24, "#E8C37B") + "".join(move(disc(16, 0, 4, "#C9963F"), 0, 0, 360 * i / 8) for i in range(8))
    stick = move(box(-9, -170, 18, 130, 9, "#D8D5D6", "cyl") + disc(0, -30, 24, "#E4E1E2", 30, "ball"), 548, 626, 84)
    smear = path("M470,606 C500,590 560,596 590,606 C620,616 600,632 560,630 C530,636 480,634 470,612 Z", "#FBEFEE", "fall")
    return [backdrop(p, "window"), move(leaf(150, 44, p["leaf"]), 250, 300, 150), move(leaf(140, 40, p["leaf2"]), 330, 330, 20), move(peony, 258, 300),
            move(out, 350, 594), stick, smear, move(leaf(60, 16, p["leaf"]), 150, 606, -14), move(disc(0, 0, 26, "#E9B7BF", 16), 205, 612, -20)]


def hillside_hand_cream(p):
    def tube(fill, band, deco, words):
        out = path("M-58,-300 H58 L50,-60 H-50 Z", fill, "cyl") + box(-62, -318, 124, 26, 3, band, "side") + line("M-56,-305 H56", "#fff", 2, .5, "5 6")
        out += box(-40, -62, 80, 62, (4, 4, 8, 8), "#FBF6F1", "cyl") + "".join(line(f"M{x},-54 V-8", "#000", 1.5, .08) for x in range(-30, 31, 12))
        return out + move(deco, 0, -222) + text(0, -142, words, 21, p["deep"], weight=500, spacing=2) + text(0, -118, "HILLSIDE", 11, p["deep"], spacing=3)

    azalea = flower(34, 5, "#E58AA3", "#F7DFA8")
    orange = flower(32, 5, "#FFFFFF", "#F0B95A")
    tea = move(leaf(52, 16, "#7FA06B"), 0, 14, -90) + move(leaf(42, 13, "#97B583"), 0, 14, -142) + move(leaf(42, 13, "#97B583"), 0, 14, -38)
    return [backdrop(p, "hills"), shadow(375, 596, 250, 18), move(tube("#F4C6CE", "#DE9AA8", azalea, "杜鹃"), 206, 594, -6, 1.32), move(tube("#F6DFBF", "#E8BE82", orange, "橙花"), 375, 602, 0, 1.32),
            move(tube("#D3E0C4", "#A9C297", tea, "绿茶"), 544, 594, 6, 1.32), move(flower(26, 5, "#E58AA3", "#F7DFA8"), 104, 620), move(flower(22, 5, "#fff", "#F0B95A"), 656, 622), move(leaf(56, 14, p["leaf"]), 122, 630, 12)]


def airy_finish_powder(p):
    jar = shadow(0, 6, 190, 18) + path("M-165,-64 V-26 A165,34 0 0 0 165,-26 V-64 Z", "#E9C9C4", "cyl") + disc(0, -64, 165, "#F3DDD8", 36) + disc(0, -66, 146, "#FBF1EC", 30)
    jar += "".join(disc(x, y, 5, "#E5CBC3", 2.6) for y, xs in ((-80, (-70, -24, 24, 70)), (-66, (-104, -52, 0, 52, 104)), (-52, (-70, -24, 24, 70))) for x in xs)
    lid = disc(0, 0, 150, "#C98B8F", None, "ball") + disc(0, 0, 124, "none", None, None, 'stroke="#F6E3DF" stroke-width="3" stroke-opacity=".8"')
    lid += text(0, 4, "轻雾", 44, "#FFF7F4", weight=500, spacing=8) + text(2, 38, "DALYEOUL LAB", 13, "#FFF7F4", spacing=4)
    puff = shadow(0, 40, 92, 14) + disc(0, 0, 92, "#F7E4DC", 46, "ball") + disc(0, -14, 88, "#FFF6F0", 36) + path("M-66,-18 C-40,-40 40,-40 66,-18 L58,2 C30,-14 -30,-14 -58,2 Z", "#D9989A", "fall") + text(0, -12, "dalyeoul", 13, "#FFF7F4", spacing=2)
    dust = "".join(disc(x, y, r, "#fff", None, None, f'opacity="{o}"') for x, y, r, o in ((200, 250, 12, .7), (170, 310, 7, .8), (236, 196, 6, .8), (150, 220, 5, .7), (262, 300, 8, .55), (212, 350, 5, .8), (300, 220, 5, .6), (128, 280, 4, .9)))
    return [backdrop(p, "twin"), dust, shadow(470, 560, 130), move(lid, 470, 372, -12), move(jar, 330, 596), move(puff, 560, 596)]


def rice_cleansing_foam(p):
    tube = shadow(0, 4, 80) + path("M-86,-390 H86 L66,-66 H-66 Z", "#F3E6D2", "cyl") + box(-90, -412, 180, 30, 3, "#D9B98C", "side") + line("M-82,-397 H82", "#fff", 2, .6, "6 7")
    tube += box(-62, -70, 124, 70, (4, 4, 12, 12), "#FFFDF9", "cyl")
    grain = lambda c: disc(0, 0, 9, c, 19, "side")
    ear = line("M0,70 C6,20 -8,-10 4,-60", "#B99455", 3.5) + "".join(move(grain("#E0BE7E"), s * 13, y, s * 24) for y in (-46, -18, 10, 38) for s in (-1, 1)) + move(grain("#E0BE7E"), 5, -70, 6)
    tube += move(ear, 0, -270, 0, .82) + text(0, -166, "米糠洁面乳", 24, p["deep"], weight=500, spacing=3) + text(0, -138, "YEONBUNHONG", 12, p["deep"], spacing=3)
    foam = path("M448,604 C430,560 470,530 504,544 C510,500 580,496 592,536 C640,520 672,566 646,604 C640,626 470,628 448,604 Z", "#FFFFFF", "fall")
    bubbles = "".join(disc(x, y, r, "#FFFFFF", None, None, 'opacity=".75"') + disc(x, y, r, "none", None, None, 'stroke="#E3B7B0" stroke-width="2" stroke-opacity=".6"') + line(f"M{f(x-r*.5)},{f(y-r*.1)} A{f(r*.55)},{f(r*.55)} 0 0 1 {f(x-r*.05)},{f(y-r*.55)}", "#fff", 3) for x, y, r in ((530, 470, 30), (590, 420, 20), (620, 490, 14), (556, 376, 12), (482, 512, 16)))
    grains = "".join(move(grain("#E9CF9A"), x, y, a, .8) for x, y, a in ((170, 606, 70), (200, 618, 20), (146, 624, -50), (232, 604, -64)))
    return [backdrop(p, "arch"), move(ear, 196, 380, -24, 1.9), shadow(548, 610, 110, 14), move(tube, 340, 594), foam, bubbles, grains]


def rosemary_ginger_shampoo(p):
    out = shadow(0, 4, 120) + box(-14, -424, 28, 60, 4, "#D9C9BC", "cyl")
    out += path("M-16,-436 H40 C66,-436 92,-428 98,-404 L82,-400 C76,-414 60,-416 34,-416 H-16 Q-24,-416 -24,-426 Q-24,-436 -16,-436 Z", "#D9C9BC", "fall") + box(-42, -376, 84, 44, 8, "#CDBBAB", "cyl")
    out += path("M-46,-334 H46 C90,-330 112,-310 112,-266 V-30 Q112,0 82,0 H-82 Q-112,0 -112,-30 V-266 C-112,-310 -90,-330 -46,-334 Z", "#A9B99A", "cyl")
    out += box(-74, -238, 148, 178, 8, p["paper"], None, 'opacity=".95"') + text(0, -132, "迷迭香", 30, p["deep"], weight=500, spacing=4) + text(0, -100, "生姜洗发水", 19, p["deep"], spacing=2) + text(0, -76, "YEONBUNHONG", 11, p["deep"], spacing=3)
    def rosemary(h, c):
        o = line(f"M0,0 C4,{-h*.4} -4,{-h*.7} 2,{-h}", "#8A7A60", 4)
        for i in range(int(h / 15)):
            y = -14 - i * 15
            o += "".join(line(f"M0,{y} l{s*f_},{-16}", c, 6) for s, f_ in ((-1, 24 - i * .5), (1, 24 - i * .5)))
        return o
    out += move(rosemary(56, p["leaf"]), 0, -168, 0, .85)
    ginger = path("M-96,20 C-120,-10 -96,-46 -62,-34 C-58,-70 -10,-74 -2,-40 C16,-66 60,-60 58,-26 C92,-40 118,-8 98,18 C90,44 50,40 34,28 C10,52 -30,50 -44,30 C-60,44 -86,40 -96,20 Z", "#E1BE83", "ball")
    ginger += line("M-66,-30 q10,16 4,34 M-4,-36 q10,18 2,40 M54,-24 q8,14 2,34", "#B78F52", 3, .55) + disc(82, 0, 20, "#F3DDA6", 24) + disc(82, 0, 12, "#EACB86", 15)
    return [backdrop(p, "hills"), move(rosemary(300, p["leaf"]), 196, 594, -10), move(rosemary(220, p["leaf2"]), 240, 594, 6), move(out, 360, 594), shadow(560, 616, 100, 13), move(ginger, 560, 586)]
