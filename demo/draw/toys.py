"""Toys: blocks, ride-on car, plush, boats, jigsaw, board game."""
from kit import *


def wooden_block_village(p):
    wood, red, blue, green, yellow = p["wood"], p["pop"], p["main"], p["leaf"], p["sun"]
    grain = lambda x, y, w: line(f"M{x},{y} q{w*.25},-5 {w*.5},0 t{w*.5},0", "#B98552", 2, .35)
    house = lambda w, h, roof, wall: box(-w / 2, -h, w, h, 4, wall, "side") + path(f"M{f(-w*.56)},{-h} L0,{f(-h-w*.52)} L{f(w*.56)},{-h} Z", roof, "side")
    pane = lambda x, y, c="#FFF6E2": box(x - 14, y - 14, 28, 28, 5, c) + line(f"M{x},{y-14} V{y+14} M{x-14},{y} H{x+14}", "#B98552", 2.5, .6)
    arch = path("M-92,0 V-96 H92 V0 H50 C50,-66 -50,-66 -50,0 Z", yellow, "side")
    tree = lambda s, c: box(-8 * s, -44 * s, 16 * s, 44 * s, 3, "#B98552", "side") + path(f"M0,{f(-150*s)} L{f(46*s)},{f(-40*s)} H{f(-46*s)} Z", c, "side")
    ball_tree = lambda c: box(-8, -50, 16, 50, 3, "#B98552", "side") + disc(0, -86, 46, c, None, "ball")
    car = box(-62, -50, 124, 34, 10, red, "side") + path("M-36,-50 L-22,-82 H24 L40,-50 Z", red, "side") + path("M-24,-54 L-16,-74 H0 V-54 Z M6,-54 V-74 H20 L28,-54 Z", "#FFF6E2") + "".join(disc(x, -16, 17, "#8A5D38", None, "ball") + disc(x, -16, 6, "#F3DDB8") for x in (-34, 34))
    tower = box(-44, -180, 88, 180, 4, blue, "side") + box(-52, -206, 104, 30, 4, wood, "side") + path("M-56,-206 L0,-290 L56,-206 Z", p["deep"], "side", 'opacity=".9"') + disc(0, -136, 22, "#FFF6E2") + line("M0,-136 V-150 M0,-136 H10", p["deep"], 3)
    return [backdrop(p, "sun"), shadow(375, 592, 290, 16), move(tree(1.15, green), 96, 588), move(house(130, 128, red, wood) + grain(-50, -30, 100) + pane(-28, -84) + box(10, -62, 36, 62, (16, 16, 0, 0), "#8A5D38"), 198, 590),
            move(tower, 322, 588), move(arch, 452, 590), move(house(110, 70, green, "#EBC79A") + pane(0, -36), 452, 494), move(house(118, 168, blue, yellow) + pane(-24, -122) + pane(24, -122) + pane(-24, -70) + box(8, -56, 32, 56, (14, 14, 0, 0), "#8A5D38"), 602, 590),
            move(ball_tree(p["leaf2"]), 698, 594, 0, .9), move(car, 250, 642), move(box(-26, -52, 52, 52, 4, blue, "side"), 470, 646, 0, .9), move(path("M-30,0 A30,30 0 0 1 30,0 Z", yellow, "side"), 544, 646), move(tree(.5, green), 410, 644)]


def wooden_ride_on_car(p):
    wood = p["wood"]
    wheel = disc(0, 0, 72, "#4D4A63") + disc(0, 0, 60, "#EBC998", None, "ball") + disc(0, 0, 42, "none", None, None, 'stroke="#C6945C" stroke-width="3"') + disc(0, 0, 16, p["main"]) + disc(0, 0, 6, "#fff")
    body = path("M-250,-66 C-262,-140 -226,-176 -150,-180 C-92,-184 -96,-132 -40,-128 H70 C112,-128 108,-206 168,-210 C236,-214 262,-160 258,-66 Q256,-46 236,-46 H-230 Q-248,-46 -250,-66 Z", wood, "fall")
    body += path("M-250,-66 C-251,-78 -251,-88 -250,-98 H258 C258,-88 258,-78 258,-66 Q256,-46 236,-46 H-230 Q-248,-46 -250,-66 Z", p["main"], "fall") + line("M-220,-140 q40,-10 80,-4 M120,-160 q40,-16 90,-6 M-30,-112 q60,-6 100,0", "#B98552", 3, .4)
    seat = path("M-150,-196 C-92,-204 -86,-150 -34,-146 H60 Q72,-146 70,-132 H-44 C-102,-134 -108,-182 -156,-180 Q-166,-194 -150,-196 Z", p["pop"], "fall")
    steer = box(150, -300, 18, 104, 8, "#C6945C", "side") + box(112, -322, 96, 28, 14, p["pop"], "cyl") + disc(104, -308, 18, p["sun"], None, "ball") + disc(216, -308, 18, p["sun"], None, "ball")
    lamp = disc(238, -134, 22, "#FFF3D0", None, "ball") + disc(238, -134, 22, "none", None, None, 'stroke="#C6945C" stroke-width="4"')
    plate = box(-30, -92, 70, 30, 8, "#FFF8EA") + text(5, -70, "GP 01", 17, p["deep"], weight=500)
    return [backdrop(p, "hills"), shadow(375, 612, 270, 18), move(steer + body + seat + lamp + plate + move(wheel, -158, -40) + move(wheel, 168, -40), 368, 626, 0, 1.06), move(star(16, p["sun"]), 150, 200), move(star(11, "#fff"), 600, 170), disc(520, 130, 9, p["pop"]), disc(230, 140, 7, p["main"])]


def otter_plush(p):
    fur, dark, cream = "#A9785A", "#8A5E45", "#F4E3CC"
    out = shadow(0, 6, 170, 20) + path("M110,-40 C190,-30 230,-90 216,-150 C210,-176 182,-170 184,-146 C186,-100 150,-84 104,-96 Z", dark, "ball")
    out += path("M-120,-190 C-160,-110 -158,-30 -120,-6 C-70,14 70,14 120,-6 C158,-30 160,-110 120,-190 Z", fur, "fall") + path("M-74,-190 C-100,-110 -96,-40 -66,-20 C-30,-8 30,-8 66,-20 C96,-40 100,-110 74,-190 Z", cream, "fall")
    out += "".join(move(disc(0, 0, 54, dark, 32, "ball") + "".join(disc(x, 4, 7, "#C79A7C") for x in (-22, 0, 22)), s * 84, -10, s * 8) for s in (-1, 1))
    out += "".join(disc(s * 108, -388, 32, dark, None, "ball") + disc(s * 106, -384, 17, "#D9AE90") for s in (-1, 1))
    out += path("M0,-440 C96,-440 152,-382 152,-306 C152,-226 88,-182 0,-182 C-88,-182 -152,-226 -152,-306 C-152,-382 -96,-440 0,-440 Z", fur, "fall")
    out += path("M0,-322 C56,-322 108,-306 108,-262 C108,-216 60,-192 0,-192 C-60,-192 -108,-216 -108,-262 C-108,-306 -56,-322 0,-322 Z", cream, "fall")
    out += "".join(disc(s * 66, -328, 13, "#3A2A28") + disc(s * 66 - 4, -333, 4, "#fff") + disc(s * 98, -280, 22, "#EFA08D", 14, None, 'opacity=".55"') for s in (-1, 1))
    out += path("M-24,-300 C-24,-316 24,-316 24,-300 C24,-284 8,-276 0,-276 C-8,-276 -24,-284 -24,-300 Z", "#4A332E", "ball") + line("M0,-276 V-258 M-28,-254 Q-14,-238 0,-258 Q14,-238 28,-254", "#4A332E", 5)
    out += "".join(line(f"M{s*62},-266 L{s*118},-274 M{s*62},-254 L{s*116},-250", "#8A6A55", 3, .6) for s in (-1, 1))
    shell = path("M0,34 C-26,34 -62,6 -58,-22 C-54,-50 -24,-58 0,-58 C24,-58 54,-50 58,-22 C62,6 26,34 0,34 Z", "#F3B7A6", "ball") + line("M0,30 V-52 M-2,30 L-30,-46 M2,30 L30,-46 M-6,30 L-52,-22 M6,30 L52,-22", "#fff", 3.5, .7)
    out += move(shell, 0, -112) + "".join(move(disc(0, 0, 50, fur, 25, "ball"), s * 74, -118, s * -24) for s in (-1, 1))
    wave = path("M0,600 C60,586 110,612 170,600 S300,588 360,602 S500,612 560,600 S690,590 750,602 V750 H0 Z", p["main"], None, 'opacity=".18"')
    return [backdrop(p, "circle"), wave, move(out, 366, 606, 0, 1.04), move(star(16, p["sun"]), 150, 190), move(star(10, "#fff"), 196, 140), move(star(13, p["sun"]), 610, 210), disc(640, 620, 16, "#F3B7A6", 11), disc(120, 628, 13, "#F3B7A6", 9)]


def bath_stacking_boats(p):
    def boat(w, fill, deck="#fff"):
        h = w * .40
        out = path(f"M{f(-w*.5)},{f(-h)} H{f(w*.5)} C{f(w*.46)},{f(-h*.3)} {f(w*.34)},0 {f(w*.24)},0 H{f(-w*.24)} C{f(-w*.34)},0 {f(-w*.46)},{f(-h*.3)} {f(-w*.5)},{f(-h)} Z", fill, "fall")
        out += box(-w * .54, -h - 13, w * 1.08, 20, 10, fill, "fall") + line(f"M{f(-w*.46)},{f(-h-7)} H{f(w*.2)}", "#fff", 4, .4)
        return out + "".join(disc(x * w, -h * .5, w * .05, "#fff", None, None, 'opacity=".85"') for x in (-.17, 0, .17))
    funnel = box(-24, -70, 48, 70, 8, "#fff", "cyl") + box(-26, -76, 52, 22, 6, p["pop"], "cyl")
    colours = ("#6E84C9", "#84B68C", "#F3C761", "#EE8F73", "#B79AD6")
    tower = move(boat(280, colours[0]), 0, 0) + move(boat(232, colours[1]), 0, -118) + move(boat(188, colours[2]), 0, -217)
    sea = lambda y, o, shift: path(f"M-60,{y} " + "".join(f"q31.25,{-20 if i % 2 == 0 else 20} 62.5,0 " for i in range(14)) + "V750 H-60 Z", p["main"], None, f'opacity="{o}" transform="translate({shift},0)"')
    rain = "".join(move(droplet(9, "#fff"), x, y) for x, y in ((584, 400), (610, 424), (636, 404)))
    bubbles = "".join(disc(x, y, r, "#fff", None, None, 'opacity=".65"') + disc(x, y, r, "none", None, None, f'stroke="{p["main"]}" stroke-width="2" stroke-opacity=".35"') for x, y, r in ((128, 300, 26), (90, 236, 15), (170, 238, 10), (660, 180, 20), (618, 140, 11), (500, 150, 9)))
    return [f'<rect width="{SIZE}" height="{SIZE}" fill="{p["wall"]}"/>', disc(375, 335, 262, p["shape"]), bubbles, sea(548, .22, 0), move(funnel, 306, 306), move(tower, 306, 604), move(boat(150, colours[3]), 610, 370, -14), rain,
            sea(586, .30, -30), move(boat(130, colours[4]), 590, 622, 4), move(box(-4, -86, 8, 86, 3, "#fff") + path("M6,-84 L54,-52 L6,-38 Z", p["pop"], "fall"), 586, 570, 4), sea(636, .34, 0)]


def azalea_hill_puzzle(p):
    W, N = 400, 4
    s = W / N
    pink, pink2, deep = "#E88FA8", "#F3B7C6", "#C9627F"
    scene = f'<rect width="{W}" height="{W}" fill="#CFE3F1"/>' + disc(300, 84, 38, "#FBE3A4") + path("M0,190 L90,96 L150,150 L236,70 L330,160 L400,120 V400 H0 Z", "#9DB8C9") + path("M0,220 C90,170 150,230 230,196 S360,180 400,200 V400 H0 Z", "#8FBF8F")
    scene += path("M0,262 C100,220 180,280 400,236 V400 H0 Z", pink2) + path("M0,306 C120,266 220,330 400,286 V400 H0 Z", pink) + path("M150,400 C176,350 240,330 226,290 C220,268 250,258 262,246 L276,250 C270,268 252,276 262,298 C280,336 240,360 262,400 Z", "#F7E9CF")
    for i in range(46):
        x, y = (i * 97) % 400, 268 + (i * 53) % 126
        if not (170 < x < 276):
            scene += disc(x, y, 7 + i % 4, (deep, "#fff", pink2, "#D97893")[i % 4], None, None, 'opacity=".8"')
    scene += "".join(box(x - 4, y, 8, 30, 2, "#8A6A55") + disc(x, y - 8, 24, c) for x, y, c in ((52, 186, "#6FA377"), (96, 200, "#84B68C"), (356, 180, "#6FA377")))

    def edge(x0, y0, x1, y1, out):
        dx, dy = (x1 - x0), (y1 - y0)
        nx, ny = -dy * out, dx * out
        at = lambda a, b: f"{f(x0 + dx * a + nx * b)},{f(y0 + dy * a + ny * b)}"
        return f"L{at(.38, 0)} C{at(.30, .26)} {at(.70, .26)} {at(.62, 0)} L{at(1, 0)} "

    def piece(c, r):
        sign = lambda a, b: 1 if (a * 7 + b * 3) % 2 else -1
        d = f"M{f(c*s)},{f(r*s)} "
        d += f"L{f((c+1)*s)},{f(r*s)} " if r == 0 else edge(c * s, r * s, (c + 1) * s, r * s, sign(c, r))
        d += f"L{f((c+1)*s)},{f((r+1)*s)} " if c == N - 1 else edge((c + 1) * s, r * s, (c + 1) * s, (r + 1) * s, sign(c + 1, r + 5))
        d += f"L{f(c*s)},{f((r+1)*s)} " if r == N - 1 else edge((c + 1) * s, (r + 1) * s, c * s, (r + 1) * s, -sign(c, r + 1))
        d += "Z" if c == 0 else edge(c * s, (r + 1) * s, c * s, r * s, -sign(c, r + 5)) + "Z"
        return d

    def cut(c, r, n):
        d = piece(c, r)
        return (f'<clipPath id="p{n}"><path d="{d}"/></clipPath><g clip-path="url(#p{n})">{scene}</g>' + f'<path d="{d}" fill="none" stroke="#fff" stroke-width="3" stroke-opacity=".8"/>')
    gone = {(3, 0), (3, 1), (2, 0)}
    board = "".join(cut(c, r, c * N + r) for c in range(N) for r in range(N) if (c, r) not in gone)
    loose = ((3, 0, 600, 150, 18), (2, 0, 470, 92, -12), (3, 1, 612, 330, -14))
    extra = "".join(shadow(x, y + 58, 54, 9, .16) + move(move(cut(c, r, 40 + i), -(c + .5) * s, -(r + .5) * s), x, y, a) for i, (c, r, x, y, a) in enumerate(loose))
    return [f'<rect width="{SIZE}" height="{SIZE}" fill="{p["wall"]}"/>', disc(360, 350, 300, p["shape"], extra='opacity=".7"'), box(96, 196, 444, 444, 18, "#3B2A2A", extra='opacity=".16" filter="url(#blur)"'), box(90, 180, 444, 444, 16, p["wood"], "fall"), box(110, 200, 404, 404, 4, "#F4E6CF"),
            move(board, 112, 202), extra, move(flower(24, 5, pink, "#F7DFA8"), 622, 560), move(flower(16, 5, pink2, "#F7DFA8"), 654, 606), move(leaf(54, 14, p["leaf"]), 590, 596, 14)]


def moon_picnic_board_game(p):
    tiles = ((78, 356), (148, 374), (220, 366), (284, 330), (280, 262), (214, 236), (142, 244), (84, 210), (96, 142), (164, 112), (236, 118))
    board = box(0, 0, 420, 440, 18, p["deep"]) + box(10, 10, 400, 420, 12, "#474B85") + line("M210,10 V430", "#393C6B", 3, .8)
    board += "".join(disc(x, y, r, "#fff", None, None, 'opacity=".8"') for x, y, r in ((50, 60, 3), (120, 40, 2.5), (300, 200, 3), (360, 260, 2.5), (340, 370, 3), (40, 290, 2.5), (190, 180, 2.5), (380, 150, 3)))
    board += disc(322, 100, 66, "#F7DE9A", None, "ball") + disc(300, 84, 11, "#E9C975") + disc(340, 112, 15, "#E9C975") + disc(330, 70, 7, "#E9C975")
    board += line("M" + " L".join(f"{x},{y}" for x, y in tiles) + " L276,112", "#8B90C9", 5, .9, "2 12")
    board += "".join(disc(x, y, 25, c) + disc(x, y, 25, "none", None, None, 'stroke="#fff" stroke-width="3" stroke-opacity=".7"') for (x, y), c in zip(tiles, ("#EE8F73", "#84B68C", "#F3C761", "#8FA6E0") * 3))
    board += move(star(10, "#fff"), 220, 366) + move(star(10, "#fff"), 142, 244) + move(star(10, "#fff"), 236, 118)
    pawn = lambda c: shadow(0, 2, 30, 7, .3) + path("M-26,0 C-26,-12 -18,-16 -13,-40 C-11,-50 11,-50 13,-40 C18,-16 26,-12 26,0 Z", c, "cyl") + disc(0, -62, 20, c, None, "ball")
    die = lambda a: move(shadow(0, 30, 30, 7, .25) + box(-27, -27, 54, 54, 12, "#FFFDF6", "fall") + "".join(disc(x, y, 5.5, p["pop"]) for x, y in ((-13, -13), (13, 13), (0, 0), (13, -13), (-13, 13))), 0, 0, a)
    treat = {"cake": path("M-24,16 V-6 L10,-24 L26,-6 V16 Z", "#F7E3C2", "side") + box(-24, 2, 50, 6, 2, p["pop"]) + disc(2, -22, 7, "#D8566B"), "tea": box(-20, -14, 34, 32, (3, 3, 12, 12), p["leaf"], "side") + line("M14,-6 q14,2 2,16", p["leaf"], 5), "berry": disc(-9, 4, 13, "#D8566B", None, "ball") + disc(11, 2, 13, "#D8566B", None, "ball") + line("M-9,-8 C-6,-20 4,-24 10,-24 M11,-10 V-24", p["leaf"], 3.5)}
    card = lambda art, c: box(-44, -62, 88, 124, 10, "#FFFDF8", "fall") + box(-36, -54, 72, 84, 6, c) + move(art, 0, -12) + line("M-24,44 H24", p["shape"], 5)
    cards = "".join(move(shadow(6, 60, 40, 8, .16) + card(treat[k], c), x, y, a) for k, c, x, y, a in (("cake", "#E3E7F8", 594, 214, -12), ("tea", "#FBEBCB", 644, 330, 8), ("berry", "#DDEEDC", 590, 440, -6)))
    return [f'<rect width="{SIZE}" height="{SIZE}" fill="{p["wall"]}"/>', disc(380, 360, 305, p["shape"], extra='opacity=".7"'), box(100, 150, 428, 448, 20, "#3B2A2A", extra='opacity=".18" filter="url(#blur)"'), move(board, 96, 132, -2), cards,
            move(pawn(p["pop"]), 184, 494), move(pawn(p["sun"]), 338, 500), move(pawn("#84B68C"), 300, 372, 0, .95), move(die(14), 470, 622), move(die(-18), 548, 596, 0, .9), move(pawn("#8FA6E0"), 160, 640, 0, 1.02)]
