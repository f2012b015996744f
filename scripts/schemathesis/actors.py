"""Who calls, and with which things: hooks for the run of scripts/fuzz.

Cases of the shop are sent by the demo's buyer, whose cart, address, identity and orders there are; those of its operators by the
demo's manager, who is set up first as a person would: new password, second factor, step-up. Where a case was made to be
accepted, every second identifier in it is exchanged for one that exists: random ones would only ever meet 404. Not in the
stateful phase, which asks for what it has made itself.
"""

import os
import threading
import zlib

import pyotp
import requests
import schemathesis
from schemathesis import GenerationMode
from schemathesis.generation.meta import TestPhase

SHOP, WECHAT = os.environ["FUZZ_SHOP"], os.environ["FUZZ_WECHAT"]
BUYER = "alice"
# What ends the session or the account that calls it: done by somebody of its own, each time.
FAREWELLS = {("POST", "/api/v1/auth/logout"), ("DELETE", "/api/v1/me")}
OPERATORS_FAREWELLS = {"/admin/v1/auth/logout", "/admin/v1/auth/password", "/admin/v1/auth/totp", "/admin/v1/auth/totp/confirm"}
MANAGER, FIRST_PASSWORD, PASSWORD = "manager", os.environ["FUZZ_PASSWORD"], "correct horse of the fuzzer"
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


def api(method, path, token, base="/api/v1", **kwargs):
    headers = {"Authorization": f"Bearer {token}", **kwargs.pop("headers", {})}
    answer = http.request(method, f"{SHOP}{base}{path}", headers=headers, timeout=20, **kwargs)
    answer.raise_for_status()
    return answer.json() if answer.content else None


def operator(method, path, token="", **kwargs):
    return api(method, path, token, base="/admin/v1", **kwargs)


def set_up_manager():
    """A token of the manager, stepped up; from the one-time password on."""
    token = operator("POST", "/auth/login", json={"name": MANAGER, "password": FIRST_PASSWORD})["access_token"]
    passwords = {"current_password": FIRST_PASSWORD, "new_password": PASSWORD}
    token = operator("POST", "/auth/password", token, json=passwords)["access_token"]
    secret = operator("POST", "/auth/totp", token)["secret"]
    operator("POST", "/auth/totp/confirm", token, json={"code": pyotp.TOTP(secret).now()})
    step_up(token)
    for name in ("fuzz-picker", "fuzz-service"):
        operator("POST", "/operators", token, json={"name": name, "role": "picker"})
    return token


def step_up(token):
    operator("POST", "/auth/step-up", token, json={"password": PASSWORD})


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
            "name": ["fuzz-picker", "fuzz-service"],
            "document": ["terms", "privacy"],
        }


world = World()


def chosen(value, of):
    """One of these, or nothing: by the value, so that a case repeats itself."""
    if not of:
        return None
    number = zlib.crc32(str(value).encode())
    return of[number // 2 % len(of)] if number % 2 else None


def is_valid(case):
    return case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE


@schemathesis.hook
def before_call(context, case, kwargs):
    if not is_valid(case):
        return
    if case.meta.phase.name != TestPhase.STATEFUL:
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


manager_token = set_up_manager()


@schemathesis.auth(refresh_interval=240)
class Token:
    def get(self, case, context):
        try:
            step_up(manager_token)
        except requests.HTTPError as refused:
            # The wrong passwords of the fuzzed step-ups make the manager wait; the session itself goes on.
            if refused.response.status_code != 429:
                raise
        return login(BUYER)["access_token"]

    def set(self, case, data, context):
        if case.operation.path.startswith("/admin/") and case.operation.path not in OPERATORS_FAREWELLS:
            data = manager_token
        elif (case.method.upper(), case.operation.path) in FAREWELLS:
            data = login("passer-by")["access_token"]
        case.headers["Authorization"] = f"Bearer {data}"
