"""Baby goods: bottles, bib, teats, nappies, clothes."""
from kit import *


def teat(w, fill="#F3E3C6"):
    d = (f"M{f(-w*.5)},0 C{f(-w*.5)},{f(-w*.34)} {f(-w*.30)},{f(-w*.42)} {f(-w*.20)},{f(-w*.56)} C{f(-w*.12)},{f(-w*.68)} {f(-w*.17)},{f(-w*.80)} {f(-w*.15)},{f(-w*.92)} "
         f"C{f(-w*.13)},{f(-w*1.06)} {f(w*.13)},{f(-w*1.06)} {f(w*.15)},{f(-w*.92)} C{f(w*.17)},{f(-w*.80)} {f(w*.12)},{f(-w*.68)} {f(w*.20)},{f(-w*.56)} C{f(w*.30)},{f(-w*.42)} {f(w*.5)},{f(-w*.34)} {f(w*.5)},0 Z")
    return path(d, fill, "cyl")


def cloud(s, fill):
    return path(f"M{f(-s)},0 C{f(-s*1.3)},0 {f(-s*1.3)},{f(-s*.5)} {f(-s*.86)},{f(-s*.5)} C{f(-s*.8)},{f(-s*.96)} {f(-s*.1)},{f(-s*1.02)} {f(s*.08)},{f(-s*.62)} C{f(s*.4)},{f(-s*.9)} {f(s*.9)},{f(-s*.66)} {f(s*.84)},{f(-s*.36)} C{f(s*1.24)},{f(-s*.36)} {f(s*1.2)},0 {f(s*.9)},0 Z", fill)


def ppsu_feeding_bottle(p):
    def bottle(w, h, milk, collar, marks, words):
        out = move(teat(w * .56), 0, -h - 34) + box(-w * .40, -h - 40, w * .80, 48, 10, collar, "cyl") + "".join(line(f"M{f(x)},{f(-h-32)} V{f(-h)}", "#fff", 2.5, .35) for x in [(-.3 + .1 * i) * w for i in range(7)])
        body = f"M{f(-w*.36)},{f(-h+6)} H{f(w*.36)} C{f(w*.36)},{f(-h+36)} {f(w*.5)},{f(-h+36)} {f(w*.5)},{f(-h+72)} V-26 Q{f(w*.5)},0 {f(w*.5-26)},0 H{f(-w*.5+26)} Q{f(-w*.5)},0 {f(-w*.5)},-26 V{f(-h+72)} C{f(-w*.5)},{f(-h+36)} {f(-w*.36)},{f(-h+36)} {f(-w*.36)},{f(-h+6)} Z"
        out += path(body, "#F3D9B0", None, 'opacity=".9"')
        out += path(f"M{f(-w*.5+9)},{f(-milk)} H{f(w*.5-9)} V-30 Q{f(w*.5-9)},-9 {f(w*.5-30)},-9 H{f(-w*.5+30)} Q{f(-w*.5+9)},-9 {f(-w*.5+9)},-30 Z", "#FFFDF8") + path(body, "url(#cyl)")
        for i in range(marks):
            y = -44 - i * (h - 130) / marks
            out += line(f"M{f(w*.16)},{f(y)} h{26 if i % 2 else 40}", p["main"], 3.5) + (text(w * .12, y + 5, str(i * 20 + 40), 15, p["main"], anchor="end") if i % 2 == 0 else "")
        return out + (move(star(15, p["pop"]), -w * .24, -h * .46) + move(moon(20, p["main"]), -w * .24, -h * .30) if h > 250 else move(star(13, p["main"]), -w * .24, -78)) + text(-w * .20, -32 if h > 250 else -22, words, 17 if h > 250 else 15, p["deep"], spacing=1)
    cap = shadow(0, 2, 62, 10) + path("M-56,0 V-70 C-56,-112 56,-112 56,-70 V0 Z", "#D5EAE7", "cyl")
    return [backdrop(p, "circle"), move(cloud(54, "#fff"), 168, 210), move(cloud(38, "#fff"), 610, 170), shadow(300, 596, 110), shadow(476, 600, 95),
            move(bottle(190, 320, 190, p["main"], 7, "260 ml"), 296, 594), move(bottle(160, 212, 110, p["pop"], 4, "160 ml"), 484, 600), move(cap, 622, 616), move(star(16, p["pop"]), 142, 330), move(star(10, "#fff"), 560, 250)]


def silicone_catch_bib(p):
    def bib(fill, tone, face):
        out = path("M-44,-330 C-112,-322 -134,-268 -124,-222 C-116,-180 -150,-150 -152,-96 V-44 C-152,34 -110,60 0,60 C110,60 152,34 152,-44 V-96 C150,-150 116,-180 124,-222 C134,-268 112,-322 44,-330 "
                   "C30,-332 28,-306 44,-302 C84,-292 92,-250 80,-218 C62,-178 -62,-178 -80,-218 C-92,-250 -84,-292 -44,-302 C-28,-306 -30,-332 -44,-330 Z", fill, "fall")
        out += path("M-152,-66 C-100,-34 100,-34 152,-66 V-40 C152,36 110,62 0,62 C-110,62 -152,36 -152,-40 Z", tone, "fall") + line("M-150,-66 C-100,-34 100,-34 150,-66", "#fff", 4, .6)
        out += "".join(disc(x, y, 6, tone) for x, y in ((58, -314), (82, -300), (98, -278), (104, -252)))
        return out + (disc(-34, -132, 6, p["deep"]) + disc(34, -132, 6, p["deep"]) + line("M-12,-124 Q0,-112 12,-124", p["deep"], 4) + disc(-52, -116, 11, "#F0A58F", 8, None, 'opacity=".6"') + disc(52, -116, 11, "#F0A58F", 8, None, 'opacity=".6"') if face else "")
    bowl = shadow(0, 4, 96, 13) + path("M-92,-64 H92 C90,-20 60,0 28,0 H-28 C-60,0 -90,-20 -92,-64 Z", "#FFFDF8", "cyl") + disc(0, -64, 92, "#F5EFE3", 17) + disc(0, -64, 80, "#F2B872", 13)
    carrot = move(path("M0,0 C-20,-8 -22,-30 -14,-44 C-4,-54 14,-52 20,-42 C26,-24 12,-6 0,0 Z", "#EE9350", "ball") + line("M2,-48 C-4,-64 -10,-66 -16,-70 M4,-50 C6,-66 8,-70 8,-78 M6,-48 C16,-60 20,-62 28,-66", p["leaf"], 5), 160, 622, -64, 1.1)
    spoon = move(box(-6, -150, 12, 110, 6, p["main"], "side") + disc(0, -22, 20, p["main"], 28, "fall"), 660, 560, 24)
    return [backdrop(p, "sun"), shadow(250, 596, 150), move(bib("#F4D2B5", "#E9B891", False), 232, 520, -8, .96), shadow(400, 606, 150), move(bib("#B5D0DB", "#94B7C6", True), 404, 542, 4, 1.06),
            spoon, move(bowl, 606, 620), carrot]


def soft_silicone_teat(p):
    def unit(tone, w=150):
        return shadow(0, 4, w * .52, 13) + box(-w * .56, -26, w * 1.12, 26, 10, "#F7EBD2", "cyl") + move(teat(w), 0, -22) + box(-w * .5, -34, w, 12, 5, "#EBD7AF") + text(0, -52, tone, 20, "#B89455", weight=500)
    case = shadow(0, 4, 130) + box(-126, -150, 252, 150, 26, "#CFE7E4", "side") + path("M-126,-140 C-126,-222 126,-222 126,-140 Z", "#E9F5F3", "fall", 'opacity=".92"') + box(-132, -152, 264, 16, 6, p["main"], "side")
    case += move(teat(72, "#F5E8CE"), -50, -152) + move(teat(72, "#F5E8CE"), 50, -152) + path("M-126,-140 C-126,-222 126,-222 126,-140 Z", "#fff", None, 'opacity=".35"') + text(0, -76, "POGEUNDAL", 18, p["deep"], spacing=6) + text(0, -44, "M · 3-6 个月", 19, p["deep"], spacing=2)
    return [backdrop(p, "arch"), plinth(p, 240, 530, 230, 46), move(unit("M"), 240, 538, 0, 1.22), move(case, 474, 598), move(star(15, p["pop"]), 600, 250), move(star(10, "#fff"), 150, 240), move(moon(30, "#fff"), 560, 190),
            move(droplet(16, "#fff"), 372, 230), move(droplet(11, "#fff"), 396, 276)]


def cloud_soft_diaper(p):
    pack = shadow(0, 6, 170, 18) + path("M-150,-290 C-156,-200 -162,-90 -152,-14 Q-150,0 -136,0 H136 Q150,0 152,-14 C162,-90 156,-200 150,-290 C90,-306 -90,-306 -150,-290 Z", p["main"], "side")
    pack += path("M-60,-298 C-60,-348 60,-348 60,-298 H38 C38,-322 -38,-322 -38,-298 Z", "#4F9492") + path("M-157,-96 C-100,-132 -60,-80 0,-104 C60,-128 100,-84 157,-112 C158,-70 156,-40 152,-14 Q150,0 136,0 H-136 Q-150,0 -152,-14 C-156,-40 -158,-70 -157,-96 Z", "#F6FBFA", "side")
    pack += move(cloud(74, "#FFFFFF"), 0, -150) + disc(-20, -182, 5, p["deep"]) + disc(20, -182, 5, p["deep"]) + line("M-8,-172 Q0,-163 8,-172", p["deep"], 3.5) + text(0, -236, "云朵薄柔", 40, "#fff", weight=500, spacing=5) + text(0, -46, "纸尿裤", 30, p["deep"], weight=500, spacing=6) + text(0, -20, "L · 48 片", 17, p["deep"], spacing=3)
    diaper = path("M-96,-92 H96 Q104,-92 104,-82 L98,-52 C60,-46 52,0 44,10 Q0,34 -44,10 C-52,0 -60,-46 -98,-52 L-104,-82 Q-104,-92 -96,-92 Z", "#FFFFFF", "fall") + path("M-104,-84 H104 L101,-62 H-101 Z", "#DDEEEC") + box(-108, -82, 34, 22, 6, p["pop"]) + box(74, -82, 34, 22, 6, p["pop"])
    diaper += line("M-92,-50 C-58,-42 -50,0 -42,8 M92,-50 C58,-42 50,0 42,8", p["shape"], 4, .9, "3 7") + line("M0,-54 V14", "#F3C761", 6) + move(star(11, p["main"]), -30, -36) + move(star(9, p["pop"]), 32, -34)
    stack = shadow(0, 4, 110) + "".join(box(-100, -30 - 34 * i, 200, 32, 14, c, "side") + line(f"M-84,{-14-34*i} H60", p["shape"], 3, .8) for i, c in enumerate(("#FFFFFF", "#F3FAF9", "#FFFFFF", "#F3FAF9")))
    return [backdrop(p, "hills"), move(cloud(60, "#fff"), 590, 190), move(cloud(40, "#fff"), 150, 150), move(pack, 286, 596, 0, 1.08), move(stack, 566, 602), move(diaper, 568, 446, -5, 1.05), move(star(13, p["pop"]), 480, 240)]


def ribbed_cotton_bodysuit(p):
    def suit(fill, tone, deco):
        d = ("M-62,-250 C-44,-214 44,-214 62,-250 L98,-244 C126,-236 150,-196 164,-158 L116,-132 L100,-160 V-30 C100,-2 80,4 62,16 C46,28 40,52 38,66 H-38 C-40,52 -46,28 -62,16 C-80,4 -100,-2 -100,-30 V-160 L-116,-132 L-164,-158 C-150,-196 -126,-236 -98,-244 Z")
        out = path(d, fill, "fall") + "".join(line(f"M{x},{-214 if abs(x) < 40 else -226} V{f(10 if abs(x) < 66 else -14)}", tone, 2, .45) for x in range(-88, 89, 11))
        out += line("M-62,-250 C-44,-214 44,-214 62,-250", tone, 9) + line("M-160,-156 L-117,-133 M160,-156 L117,-133", tone, 8) + line("M-92,-8 C-70,6 -54,20 -46,60 M92,-8 C70,6 54,20 46,60", tone, 7)
        out += "".join(disc(x, 56, 6, "#fff", None, None, f'stroke="{tone}" stroke-width="2"') for x in (-22, 0, 22)) + "".join(disc(x, y, 4.5, "#fff", None, None, f'stroke="{tone}" stroke-width="1.5"') for x, y in ((72, -240), (88, -236)))
        return out + move(deco, 0, -120)
    hanger = line("M0,-318 C18,-318 18,-292 0,-288 V-274 M-84,-238 L0,-274 L84,-238", "#C79C68", 8)
    leafy = move(leaf(46, 16, p["leaf"]), 0, 16, -120) + move(leaf(46, 16, p["leaf"]), 0, 16, -60) + line("M0,16 V34", p["leaf"], 4)
    rail = line("M0,150 H750", "#C79C68", 10) + line("M0,147 H750", "#E3C091", 3)
    return [backdrop(p, "circle"), rail, move(hanger + suit("#F3D3B4", "#D9A97C", move(star(22, "#fff"), 0, 0)), 224, 478, -3, .98), move(hanger + suit("#FDFBF4", "#CFC6AE", leafy), 500, 492, 2, 1.06),
            shadow(224, 604, 120, 12, .12), shadow(500, 608, 130, 12, .12)]


def gauze_pajama_set(p):
    ink = "#E2A96B"
    def prints(points):
        return "".join(move(moon(9, ink) if i % 2 else star(8, ink), x, y, 20 * i) for i, (x, y) in enumerate(points))
    top = path("M-56,-190 C-30,-168 30,-168 56,-190 L104,-178 C140,-166 172,-90 186,-46 L132,-24 L106,-84 V70 Q106,78 98,78 H-98 Q-106,78 -106,70 V-84 L-132,-24 L-186,-46 C-172,-90 -140,-166 -104,-178 Z", "#FBF1E1", "fall")
    top += prints(((-76, -130), (-40, -84), (-80, -36), (-44, 10), (-82, 48), (44, -128), (80, -84), (40, -36), (82, 6), (44, 50), (-136, -96), (-150, -54), (136, -100), (152, -56)))
    top += line("M-56,-190 C-40,-150 -14,-140 0,-134 C14,-140 40,-150 56,-190", p["main"], 8, .8) + line("M0,-130 V74", "#EBD9BC", 5) + "".join(disc(0, y, 7, "#B98A58") + disc(-2, y, 1.4, "#fff") + disc(2, y, 1.4, "#fff") for y in (-106, -58, -10, 38)) + line("M-182,-46 L-134,-26 M182,-46 L134,-26 M-100,74 H100", p["main"], 5, .8)
    pants = path("M-92,-120 H92 C98,-40 102,60 104,128 Q104,136 96,136 H32 Q26,136 24,128 L0,-34 L-24,128 Q-26,136 -32,136 H-96 Q-104,136 -104,128 C-102,60 -98,-40 -92,-120 Z", "#FBF1E1", "fall") + box(-94, -134, 188, 26, 8, "#F3E3C8", "side") + "".join(line(f"M{x},-130 V-112", "#D9C29A", 2) for x in range(-84, 85, 12))
    pants += prints(((-66, -74), (-36, -30), (-74, 8), (-50, 56), (-78, 96), (60, -80), (34, -36), (72, 4), (52, 52), (78, 98))) + line("M-99,122 H-28 M99,122 H28", p["main"], 5, .8)
    pad = move(box(-230, -10, 460, 20, 10, "#C79C68", "side"), 0, 0)
    return [f'<rect width="{SIZE}" height="{SIZE}" fill="{p["wall"]}"/>', box(70, 70, 610, 590, 60, p["shape"]), box(92, 92, 566, 546, 46, p["soft"], extra='opacity=".6"'),
            f'<ellipse cx="290" cy="420" rx="190" ry="18" fill="#3B2A2A" opacity=".10" filter="url(#blur)"/>', move(top, 284, 330, -5, 1.06), f'<ellipse cx="500" cy="600" rx="130" ry="14" fill="#3B2A2A" opacity=".12" filter="url(#blur)"/>',
            move(pants, 500, 466, 6, 1.02), move(moon(46, p["pop"]), 548, 190), move(star(15, p["pop"]), 470, 160), move(star(10, ink), 604, 262), move(cloud(46, "#fff"), 214, 570), move(star(11, p["pop"]), 318, 548)]
