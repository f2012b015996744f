"""Who calls, and with which things: hooks for the run of scripts/fuzz.

Every case is sent by the demo's buyer, whose cart, address, identity and orders there are. Where a case was made to be
accepted, every second identifier in it is exchanged for one that exists: random ones would only ever meet 404.
"""

import os
import threading
import zlib

import requests
import schemathesis
from schemathesis import GenerationMode

SHOP, WECHAT = os.environ["FUZZ_SHOP"], os.environ["FUZZ_WECHAT"]
BUYER = "alice"
# What ends the session or the account that calls it: done by somebody of its own, each time.
FAREWELLS = {("POST", "/api/v1/auth/logout"), ("DELETE", "/api/v1/me")}
http = requests.Session()
http.trust_env = False
lock = threading.Lock()


def wechat_code(kind, user):
    answer = http.post(f"{WECHAT}/_mock/wx/{kind}", json={"user": user}, timeout=20)
    answer.raise_for_status()
    return answer.json()["code"]


def login(user):
    answer = http.post(f"{SHOP}/api/v1/auth/login", json={"code": wechat_code("login", user)}, timeout=20)
    answer.raise_for_status()
    return answer.json()


def api(method, path, token, **kwargs):
    headers = {"Authorization": f"Bearer {token}", **kwargs.pop("headers", {})}
    answer = http.request(method, f"{SHOP}/api/v1{path}", headers=headers, timeout=20, **kwargs)
    answer.raise_for_status()
    return answer.json()


class World:
    """What exists. Made once; some of it is fuzzed away, which is fine."""

    def __init__(self):
        token = login(BUYER)["access_token"]
        product = api("GET", "/products/red-ginseng-stick", token)
        sku = product["skus"][0]["id"]
        address = api("GET", "/addresses", token)["items"][0]["id"]
        basket = {"items": [{"sku_id": sku, "quantity": 1}], "address_id": address}
        quote = api("POST", "/quotes", token, json=basket)
        order = {**basket, "expected_payable_fen": quote["payable_fen"], "notice_version": quote["notice_version"]}
        numbers = [
            api("POST", "/orders", token, json=order, headers={"Idempotency-Key": f"fuzz-order-{n}"})["order_no"]
            for n in range(4)
        ]
        self.order = order
        self.known = {
            "order_no": numbers,
            "sku_id": [sku],
            "id": [address],
            "product": [product["id"], product["slug"]],
            "slug": [product["vendor"]["slug"]],
        }


world = World()


def chosen(value, of):
    """One of these, or nothing: by the value, so that a case repeats itself."""
    number = zlib.crc32(str(value).encode())
    return of[number // 2 % len(of)] if number % 2 else None


def is_valid(case):
    return case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE


@schemathesis.hook
def before_call(context, case, kwargs):
    if not is_valid(case):
        return
    for name, value in (case.path_parameters or {}).items():
        if known := chosen(value, world.known.get(name, [])):
            case.path_parameters[name] = known
    route = (case.method.upper(), case.operation.path)
    if not isinstance(case.body, dict):
        return
    if route == ("POST", "/api/v1/auth/login") and chosen(case.body, [True]):
        case.body["code"] = wechat_code("login", BUYER)
    if route == ("POST", "/api/v1/orders") and chosen(case.body, [True]):
        case.body.update(world.order)
    if route == ("POST", "/api/v1/quotes") and chosen(case.body, [True]):
        case.body.update({name: world.order[name] for name in ("items", "address_id")})


@schemathesis.auth(refresh_interval=600)
class BuyerToken:
    def get(self, case, context):
        return login(BUYER)["access_token"]

    def set(self, case, data, context):
        if (case.method.upper(), case.operation.path) in FAREWELLS:
            data = login("passer-by")["access_token"]
        case.headers["Authorization"] = f"Bearer {data}"
