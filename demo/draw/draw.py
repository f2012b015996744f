#!/usr/bin/env python3
"""Draws the pictures of the demo shop: products (750x750 JPEG), firms (200x200 JPEG), categories (192x192 PNG).

    python3 -m venv /tmp/draw && /tmp/draw/bin/pip install resvg_py==0.5.0 pillow==13.0.0
    apt-get install fonts-noto-cjk            # without it the pictures come out without words
    /tmp/draw/bin/python demo/draw/draw.py [slug ...] [--sheet contact.png]

Every picture is an own drawing, made of the shapes in kit.py. The Chinese name under a product is read from catalogue.json.
"""
import io
import json
import re
import sys
from pathlib import Path

import resvg_py
from PIL import Image

import baby
import cosmetics
import food
import kit
import marks
import toys

HERE = Path(__file__).resolve().parent
DEMO = HERE.parent
FONTS = sorted(str(p) for p in Path("/usr/share/fonts/opentype/noto").glob("Noto*CJK-[BR]*.ttc"))
MAX_BYTES = 40 * 1024
SCENES = {"cosmetics": cosmetics, "health-food": food, "baby": baby, "toys": toys}


def render(svg, size):
    if not FONTS:
        svg = re.sub(r"<text.*?</text>", "", svg)
    png = resvg_py.svg_to_bytes(svg_string=svg, width=size * 2, height=size * 2, font_files=FONTS, skip_system_fonts=True)
    return Image.open(io.BytesIO(bytes(png))).convert("RGBA").resize((size, size), Image.LANCZOS)


def save_jpeg(image, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    flat = Image.new("RGB", image.size, "white")
    flat.paste(image, mask=image.split()[3])
    for quality in range(90, 40, -2):
        buffer = io.BytesIO()
        flat.save(buffer, "JPEG", quality=quality, subsampling=0 if quality > 80 else 2, optimize=True, progressive=True)
        if buffer.tell() <= MAX_BYTES:
            break
    path.write_bytes(buffer.getvalue())
    return buffer.tell(), quality


def main():
    words = sys.argv[1:]
    sheet = words[words.index("--sheet") + 1] if "--sheet" in words else None
    only = [w for w in words if w not in ("--sheet", sheet)]
    catalogue = json.loads((DEMO / "catalogue.json").read_text(encoding="utf-8"))
    for product in catalogue["products"]:
        slug = product["slug"]
        if only and slug not in only:
            continue
        palette = kit.PALETTES[product["category"]]
        parts = getattr(SCENES[product["category"]], slug.replace("-", "_"))(palette)
        size, quality = save_jpeg(render(kit.page(parts, palette, product["name"]["zh"]), 750), DEMO / "images" / product["image"])
        print(f"{slug}: {size} bytes, quality {quality}")
    for vendor in catalogue["vendors"]:
        if not only:
            print(vendor["slug"], *save_jpeg(render(marks.vendor(vendor["slug"]), 200), DEMO / "images/vendors" / f"{vendor['slug']}.jpg"))
    for category in catalogue["categories"]:
        if not only:
            path = DEMO / "images/categories" / f"{category['slug']}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            render(marks.category(category["slug"]), 192).quantize(96, method=Image.Quantize.FASTOCTREE).save(path, optimize=True)
            print(category["slug"], path.stat().st_size)
    if sheet:
        files = [DEMO / "images" / p["image"] for p in catalogue["products"] if not only or p["slug"] in only]
        columns = min(5, len(files))
        board = Image.new("RGB", (columns * 300, -(-len(files) // columns) * 300), "white")
        for i, file in enumerate(files):
            board.paste(Image.open(file).resize((296, 296), Image.LANCZOS), (i % columns * 300 + 2, i // columns * 300 + 2))
        board.save(sheet)


if __name__ == "__main__":
    main()
