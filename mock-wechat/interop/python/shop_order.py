"""An order at the demo shop up to the open payment; prints what a notify of its payment would say.

    shop_order.py SHOP WECHAT ACCOUNT_FILE NUMBER
"""

import json
import sys
import urllib.request
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

BEIJING = timezone(timedelta(hours=8))


def call(url, body=None, method=None, **headers):
    data = None if body is None else json.dumps(body).encode()
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **headers}, method=method)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def open_payment(shop, wechat, number):
    code = call(f"{wechat}/_mock/wx/login", {"user": "alice"})["code"]
    token = call(f"{shop}/api/v1/auth/login", {"code": code})["access_token"]
    as_alice = {"Authorization": f"Bearer {token}"}
    slug = call(f"{shop}/api/v1/products?q={quote('红参')}")["items"][0]["slug"]
    sku = call(f"{shop}/api/v1/products/{slug}")["skus"][0]["id"]
    wanted = {
        "items": [{"sku_id": sku, "quantity": 1}],
        "address_id": call(f"{shop}/api/v1/addresses", **as_alice)["items"][0]["id"]}
    told = call(f"{shop}/api/v1/quotes", wanted, **as_alice)
    wanted |= {"expected_payable_fen": told["payable_fen"], "notice_version": told["notice_version"]}
    order = call(f"{shop}/api/v1/orders", wanted, Idempotency_Key=f"interop-order-{number}", **as_alice)["order_no"]
    call(f"{shop}/api/v1/orders/{order}/pay", method="POST", **as_alice)
    return order, as_alice


def main(shop, wechat, account_file, number):
    with open(account_file, encoding="utf-8") as file:
        account = json.load(file)
    order, headers = open_payment(shop, wechat, number)
    payments = call(f"{wechat}/_mock/ledger")["payments"]
    payment = next(payment for payment in payments if payment["out_trade_no"] == order)
    total = payment["total_fen"]
    plaintext = {
        "appid": account["appid"], "mchid": account["mchid"], "out_trade_no": order,
        "transaction_id": f"42{datetime.now():%Y%m%d%H%M%S%f}000000", "trade_type": "JSAPI", "trade_state": "SUCCESS",
        "trade_state_desc": "支付成功", "bank_type": "OTHERS", "attach": "",
        "success_time": datetime.now(BEIJING).replace(microsecond=0).isoformat(), "payer": {"openid": payment["openid"]},
        "amount": {"total": total, "payer_total": total, "currency": "CNY", "payer_currency": "CNY"}}
    print(json.dumps({
        "url": f"{shop}/wechat/pay/notify", "plaintext": plaintext, "account": account,
        "order": {"url": f"{shop}/api/v1/orders/{order}", "headers": headers}}))


if __name__ == "__main__":
    main(*sys.argv[1:])
