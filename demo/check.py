#!/usr/bin/env python3
"""Checks the demo data: python3 demo/check.py (standard library only). Prints counts; exits 1 and names each fault."""
import json
import re
import struct
import sys
from decimal import Decimal
from pathlib import Path

DEMO = Path(__file__).resolve().parent
DATA = DEMO.parent / "data"
FAULTS = []

GCODES = set("3304990029 3304990039 3304990049 3304910090 3401300000 3305100090 2106909090 2202990099 1302199099 9619001100 3924900000 "
             "4014900000 6111200090 6209200000 9503001000 9503002100 9503006000 9503008900 9504903000".split())
UNITS = set("003 006 007 008 010 011 012 015 018 019 020 021 022 025 026 035 036 095 096 120 122 123 125 134 136 139 140 142".split())
LABEL = ("品名", "成分", "净含量", "原产国", "制造商", "使用方法", "注意事项", "保质期")
BANNED = ("最", "第一", "唯一", "顶级", "国家级", "极致", "独家", "绝对", "永久", "特效", "纯天然", "药妆", "医学", "医疗", "治疗", "治愈", "疗效", "功效显著",
          "美白", "祛斑", "防脱", "生发", "干细胞", "免疫力", "预防", "抗癌", "降血", "排毒", "减肥")
BANNED_KO = ("면역", "치료", "예방", "미백", "최고", "탈모")
BANNED_EN = ("cure", "immun", "treat ", "whiten", "number one", "the best", "heals")
DECIMAL = re.compile(r"^(0|[1-9]\d*)(\.\d{1,5})?$")


def fault(where, what):
    FAULTS.append(f"{where}: {what}")


def no_float(text):
    raise ValueError(f"a float: {text}")


def load(path):
    return json.loads(path.read_text(encoding="utf-8"), parse_float=no_float)


def unique(name, values):
    values = list(values)
    for value in {v for v in values if values.count(v) > 1}:
        fault(name, f"{value} twice")


def tri(where, value):
    if set(value) != {"zh", "ko", "en"} or not all(isinstance(v, str) and v == v.strip() and v for v in value.values()):
        return fault(where, "needs zh, ko, en")
    if re.search(r"[가-힣]", value["zh"]) or re.search(r"[가-힣一-鿿]", value["en"]) or re.search(r"[一-鿿]", value["ko"]):
        fault(where, "a text in the wrong language")
    for words, language in ((BANNED, "zh"), (BANNED_KO, "ko"), (BANNED_EN, "en")):
        for word in words:
            if word in value[language].lower():
                fault(where, f"claim not allowed: {word}")


def image_size(path):
    raw = path.read_bytes()
    if raw[:8] == b"\x89PNG\r\n\x1a\n":
        return struct.unpack(">II", raw[16:24])
    at = 2
    while at < len(raw):
        marker, length = raw[at + 1], struct.unpack(">H", raw[at + 2:at + 4])[0]
        if marker in (0xC0, 0xC1, 0xC2):
            height, width = struct.unpack(">HH", raw[at + 5:at + 9])
            return width, height
        at += 2 + length
    return None


def image(path, size, limit):
    if not path.is_file():
        return fault(path.name, "missing")
    if path.stat().st_size > limit:
        fault(path.name, f"{path.stat().st_size} bytes, more than {limit}")
    if image_size(path) != size:
        fault(path.name, f"is {image_size(path)}, not {size}")


def check_sku(product, sku):
    code = sku["code"]
    tri(code, sku["spec"])
    if not re.match(r"^GP-[A-Z]{3}-[A-Z]+-[A-Z0-9]+$", code):
        fault(code, "form of the code")
    for key, low, high in (("price_fen", 2900, 89900), ("gross_weight_g", 10, 20000), ("limit_per_order", 1, 99), ("initial_stock", 0, 9999)):
        if type(sku[key]) is not int or not low <= sku[key] <= high:
            fault(code, f"{key} {sku[key]}")
    life = sku["shelf_life_days"]
    if life is not None and (type(life) is not int or life < 1):
        fault(code, "shelf_life_days")
    c = sku["customs"]
    if c["gcode"] not in GCODES or c["origin_code"] != "133" or c["currency_code"] != "142" or c["status"] != "to_be_confirmed_by_broker":
        fault(code, "customs code")
    if c["unit"] not in UNITS or c["unit1"] not in UNITS or (c["unit2"] is not None and c["unit2"] not in UNITS):
        fault(code, "customs unit")
    if (c["unit2"] is None) != (c["qty2_per_piece"] is None):
        fault(code, "unit2 and qty2 go together")
    for key in ("qty1_per_piece", "qty2_per_piece", "net_content"):
        if c[key] is not None and not (isinstance(c[key], str) and DECIMAL.match(c[key]) and c[key].strip("0.")):
            fault(code, f"{key} {c[key]!r} is no decimal string")
    if c["net_content_unit"] not in ("ml", "g", "sheet", "piece", "set"):
        fault(code, "net_content_unit")
    if c["net_content_unit"] in ("ml", "g") and c["unit1"] == "035":
        grams = 1000 * Decimal(c["qty1_per_piece"])
        if grams != Decimal(c["net_content"]) or grams >= sku["gross_weight_g"]:
            fault(code, "net weight and net content differ, or net is not below gross")
    if c["gcode"].startswith("3304") and (c["unit1"], c["unit2"]) != ("035", "011"):
        fault(code, "cosmetics are counted in kg and pieces")
    if c["net_content_unit"] == "sheet" and c["net_content"] != c["qty2_per_piece"]:
        fault(code, "sheets")


def check_product(product, vendors, categories):
    slug = product["slug"]
    for key in ("name", "summary", "description", "maker"):
        tri(f"{slug}.{key}", product[key])
    if product["vendor"] not in vendors or product["category"] not in categories:
        fault(slug, "unknown firm or category")
    if (product["origin_country"], product["supervision"], product["published"]) != ("KR", "bonded_1210", True):
        fault(slug, "fixed fields")
    lines = product["label_zh"].split("\n")
    if len(lines) != len(LABEL) or not all(l.startswith(k) and len(l.split("：", 1)[-1]) > 1 for l, k in zip(lines, LABEL)):
        fault(slug, "label_zh lines")
    for word in BANNED:
        if word in product["label_zh"]:
            fault(slug, f"claim not allowed in the label: {word}")
    if product["category"] == "health-food" and "不能代替药物" not in product["label_zh"]:
        fault(slug, "health food says that it is no medicine")
    unique(f"{slug}.search_terms", product["search_terms"])
    if not 1 <= len(product["skus"]) <= 4:
        fault(slug, "1 to 4 SKUs")
    if product["image"] != f"products/{slug}.jpg":
        fault(slug, "image")
    image(DEMO / "images" / product["image"], (750, 750), 40960)
    for sku in product["skus"]:
        check_sku(product, sku)


def check_catalogue():
    cat = load(DEMO / "catalogue.json")
    products, skus = cat["products"], [s for p in cat["products"] for s in p["skus"]]
    vendors, categories = [v["slug"] for v in cat["vendors"]], [c["slug"] for c in cat["categories"]]
    if (len(vendors), len(categories), len(products)) != (10, 4, 27):
        fault("catalogue", "10 firms, 4 categories, 27 products")
    for name, values in (("vendors", vendors), ("categories", categories), ("products", [p["slug"] for p in products]), ("codes", [s["code"] for s in skus])):
        unique(name, values)
    for category in cat["categories"]:
        tri(category["slug"], category["name"])
        image(DEMO / "images/categories" / f"{category['slug']}.png", (192, 192), 40960)
    for vendor in cat["vendors"]:
        tri(vendor["slug"], vendor["name"])
        tri(vendor["slug"], vendor["intro"])
        image(DEMO / "images/vendors" / f"{vendor['slug']}.jpg", (200, 200), 40960)
        if vendor["slug"] not in {p["vendor"] for p in products}:
            fault(vendor["slug"], "sells nothing")
    for product in products:
        check_product(product, vendors, categories)
    several = sum(len(p["skus"]) > 1 for p in products)
    stocks = [s["initial_stock"] for s in skus]
    if several < 6 or stocks.count(0) not in (1, 2) or stocks.count(3) != 1:
        fault("catalogue", "several SKUs, sold out, nearly sold out")
    if not any(s["price_fen"] * s["limit_per_order"] > 500000 for s in skus):
        fault("catalogue", "one SKU comes to the limit of 5,000 yuan")
    listed = {DEMO / "images" / p["image"] for p in products} | {DEMO / f"images/vendors/{v}.jpg" for v in vendors} | {DEMO / f"images/categories/{c}.png" for c in categories}
    files = [f for f in (DEMO / "images").rglob("*") if f.is_file()]
    for extra in set(files) - listed:
        fault(extra.name, "belongs to nothing")
    print(f"catalogue: {len(vendors)} firms, {len(categories)} categories, {len(products)} products ({several} with several SKUs), {len(skus)} SKUs, "
          f"prices {min(s['price_fen'] for s in skus)}-{max(s['price_fen'] for s in skus)} fen, {stocks.count(0)} sold out, {len(files)} pictures, {sum(f.stat().st_size for f in files)} bytes")
    return cat


def check_freight(regions):
    rows = load(DEMO / "freight.json")
    codes = [r["province"] for r in rows]
    unique("freight", codes)
    if set(codes) != {c[:2] for c in regions["provinces"]} or codes != sorted(codes):
        fault("freight", "all provinces, sorted")
    for row in rows:
        fees = [row[k] for k in ("first_weight_g", "first_fee_fen", "step_weight_g", "step_fee_fen")]
        if set(row) != {"province", "served", "first_weight_g", "first_fee_fen", "step_weight_g", "step_fee_fen", "free_from_fen"}:
            fault(row["province"], "fields")
        if not all(type(v) is int and v > 0 for v in fees) if row["served"] else any(v is not None for v in fees + [row["free_from_fen"]]):
            fault(row["province"], "fees")
    print(f"freight: {len(rows)} provinces, not served {[r['province'] for r in rows if not r['served']]}")


def check_regions():
    regions = load(DATA / "regions.json")
    provinces, cities, districts = (regions[k] for k in ("provinces", "cities", "districts"))
    for name, rows in (("provinces", provinces), ("cities", cities), ("districts", districts)):
        if list(rows) != sorted(rows) or not all(re.match(r"^\d{6}$", c) for c in rows):
            fault(name, "sorted six-digit codes")
    for code in cities:
        if code[:2] + "0000" not in provinces:
            fault(code, "no province")
    for code in districts:
        if code[:4] + "00" not in cities:
            fault(code, "no city")
    if not (DATA / "LICENSE-vant-area-data.txt").read_text().startswith("MIT License"):
        fault("regions", "licence text")
    print(f"regions: {regions['source']}, {len(provinces)} provinces, {len(cities)} cities, {len(districts)} districts")
    return regions


def check_notices():
    for name, notice in load(DEMO / "notices.json").items():
        if not re.match(r"^20\d\d-\d\d-\d\d$", notice["version"]):
            fault(name, "version")
        for key in ("title", "text"):
            if set(notice[key]) != {"zh", "ko", "en"} or not all(notice[key].values()):
                fault(name, key)
        print(f"notice: {name} {notice['version']}")


if __name__ == "__main__":
    check_catalogue()
    check_freight(check_regions())
    check_notices()
    print("\n".join(FAULTS) if FAULTS else "no faults")
    sys.exit(1 if FAULTS else 0)
