"""A notify that wechatpayv3 signed, sent to the shop: the right one pays the order, a changed one is refused."""

import json
import os
import time
import urllib.error
import urllib.request
from base64 import b64encode

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from wechatpayv3 import WeChatPay, WeChatPayType


def post(url, headers, body):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body.encode(), headers), timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


def state_of(url, headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
        return json.load(answer)["state"]


def notify_shop(mode):
    with open(f"{os.environ['INTEROP_SHOP_ORDERS']}-{mode}.json", encoding="utf-8") as file:
        order = json.load(file)
    account, plaintext, nonce = order["account"], order["plaintext"], "interopnonce"
    # It opens sealed bodies but seals none: the same class of `cryptography` that it opens them with.
    sealed = AESGCM(account["api_v3_key"].encode()).encrypt(
        nonce.encode(), json.dumps(plaintext, ensure_ascii=False).encode(), b"transaction")
    body = json.dumps({
        "id": f"interop-{plaintext['out_trade_no']}", "create_time": plaintext["success_time"],
        "resource_type": "encrypt-resource", "event_type": "TRANSACTION.SUCCESS", "summary": "支付成功",
        "resource": {"original_type": "transaction", "algorithm": "AEAD_AES_256_GCM", "nonce": nonce,
                     "associated_data": "transaction", "ciphertext": b64encode(sealed).decode()}}, ensure_ascii=False)
    # WeChat's key takes the merchant's place: the signature of a notify has the form of any other.
    wechat = WeChatPay(
        wechatpay_type=WeChatPayType.MINIPROG, mchid=account["mchid"], private_key=account["public_key_private_pem"],
        cert_serial_no=account["merchant_serial"], appid=account["appid"], apiv3_key=account["api_v3_key"],
        public_key=account["public_key_pem"], public_key_id=account["public_key_id"])
    now = str(int(time.time()))
    headers = {
        "Content-Type": "application/json", "Wechatpay-Timestamp": now, "Wechatpay-Nonce": nonce,
        "Wechatpay-Serial": account["public_key_id"], "Wechatpay-Signature": wechat.sign([now, nonce, body]),
        "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048"}
    for sent, wanted in ((body.replace("支付成功", "支付失败"), 401), (body, 204)):
        status = post(order["url"], headers, sent)
        if status != wanted:
            raise AssertionError(f"the shop answers {status} to a notify that deserves {wanted}")
        # 204 says only that the notify was kept, and a signed but unreadable one is kept for a person.
        state, due = state_of(**order["order"]), "paid" if status == 204 else "pending_payment"
        if state != due:
            raise AssertionError(f"the order is {state} after the answer {status}")
