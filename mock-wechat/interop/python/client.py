"""wechatpayv3 goes through a purchase: certificate and public-key mode. It verifies every answer by itself."""

import gzip
import hashlib
import json
import os
import re
import time

from stand_in import ACCOUNT, Inbox, control, set_mode
from steps import expect, run_steps
from shop import notify_shop
from wechatpayv3 import WeChatPay, WeChatPayType

TOTAL, REFUNDED = 8800, 3300
USER = "interop-wechatpayv3"


def connect(mode, cert_dir=None):
    keys = {}
    if mode == "public-key":
        keys = {"public_key": ACCOUNT["public_key_pem"], "public_key_id": ACCOUNT["public_key_id"]}
    return WeChatPay(
        wechatpay_type=WeChatPayType.MINIPROG, mchid=ACCOUNT["mchid"], private_key=ACCOUNT["merchant_private_key_pem"],
        cert_serial_no=ACCOUNT["merchant_serial"], appid=ACCOUNT["appid"], apiv3_key=ACCOUNT["api_v3_key"],
        cert_dir=cert_dir, timeout=(5, 10), **keys)


def answered(wanted, answer):
    status, text = answer
    expect(f"answered {status}: {text}", status == wanted)
    return json.loads(text) if text else None


class Purchase:
    """The steps in their order; each is one line of the result."""

    def __init__(self, mode):
        self.mode = mode
        self.pay = None
        self.inbox = Inbox()
        self.number = f"IOP{time.time_ns() // 1000}"
        self.openid = control("wx/user", {"user": USER})["openid"]

    def run(self):
        first = "certificates, verified answer" if self.mode == "certificate" else "verified answer"
        run_steps("wechatpayv3", self.mode, [
            (first, self.first), ("prepay", self.prepay), ("paySign", self.pay_sign),
            ("payment notify", self.payment_notify), ("query", self.query), ("refund", self.refund),
            ("refund query", self.refund_query), ("refund notify", self.refund_notify), ("close", self.close),
            ("sealed fields", self.sealed_fields),
            ("trade bill", self.trade_bill), ("own notify to the shop", lambda: notify_shop(self.mode))])

    def first(self):
        # In certificate mode the constructor downloads, and refuses to exist without a certificate.
        folder = os.path.join(os.environ["INTEROP_WORK"], "wechatpayv3")
        self.pay = connect(self.mode, folder if self.mode == "certificate" else None)
        expect("no certificate was kept", self.mode != "certificate" or os.listdir(folder))
        self.order(self.number + "V")
        told = answered(200, self.pay.query(out_trade_no=self.number + "V"))
        expect(f"the order is {told['trade_state']}", told["trade_state"] == "NOTPAY")
        # A signature that verifies anything proves nothing: with a wrong one the same answer has to fail.
        control("faults", {"route": "query", "kind": "bad_signature", "times": 1})
        try:
            self.pay.query(out_trade_no=self.number + "V")
        except Exception as error:  # it has no class of its own for this
            expect(str(error), "verify the signature" in str(error))
        else:
            expect("a wrongly signed answer verifies", False)

    def order(self, number):
        return answered(200, self.pay.pay(
            description='红参 "6年根"', out_trade_no=number, notify_url=self.inbox.url,
            amount={"total": TOTAL, "currency": "CNY"}, payer={"openid": self.openid}))

    def prepay(self):
        self.prepay_id = self.order(self.number)["prepay_id"]

    def pay_sign(self):
        params = {"timeStamp": str(int(time.time())), "nonceStr": "interop", "package": f"prepay_id={self.prepay_id}"}
        sign = self.pay.sign([ACCOUNT["appid"], params["timeStamp"], params["nonceStr"], params["package"]])
        told = control("wx/request-payment", {"user": USER, **params, "signType": "RSA", "paySign": sign})
        expect(told["errMsg"], told["errMsg"] == "requestPayment:ok")

    def receive(self):
        headers, body, _ = self.inbox.next()
        told = self.pay.callback(headers, body)
        expect("the notify does not verify", told)
        # A signature that verifies anything proves nothing: the changed notify has to fail.
        expect("a changed notify verifies", not self.pay.callback(headers, body.replace('"id":"', '"id":"0')))
        return told["resource"]

    def payment_notify(self):
        told = self.receive()
        expect(f"unexpected notify: {told}", told["out_trade_no"] == self.number and told["amount"]["total"] == TOTAL)

    def query(self):
        told = answered(200, self.pay.query(out_trade_no=self.number))
        expect(f"the order is {told['trade_state']}", told["trade_state"] == "SUCCESS")
        expect("the payer is another", told["payer"]["openid"] == self.openid)

    def refund(self):
        told = answered(200, self.pay.refund(
            out_refund_no=self.number + "R", out_trade_no=self.number, reason="部分退款", notify_url=self.inbox.url,
            amount={"refund": REFUNDED, "total": TOTAL, "currency": "CNY"}))
        expect(f"the refund is {told['status']}", told["status"] == "PROCESSING")
        control(f"refunds/{self.number}R", {"status": "SUCCESS"})

    def refund_query(self):
        told = answered(200, self.pay.query_refund(self.number + "R"))
        expect(f"the refund is {told['status']}", told["status"] == "SUCCESS" and told["amount"]["refund"] == REFUNDED)

    def refund_notify(self):
        told = self.receive()
        right = told["out_refund_no"] == self.number + "R" and told["refund_status"] == "SUCCESS"
        expect(f"unexpected notify: {told}", right)

    def close(self):
        self.order(self.number + "C")
        answered(204, self.pay.close(self.number + "C"))
        told = answered(200, self.pay.query(out_trade_no=self.number + "C"))
        expect(f"the order is {told['trade_state']}", told["trade_state"] == "CLOSED")

    def sealed_fields(self):
        # Both ways: the stand-in opens what the client sealed, and the client what the stand-in did.
        order, refund = self.number + "V", self.number + "VR"
        control("pay-direct", {"out_trade_no": order})
        told = answered(200, self.pay.refund(
            out_refund_no=refund, out_trade_no=order, amount={"refund": TOTAL, "total": TOTAL, "currency": "CNY"}))
        control(f"refunds/{refund}", {"status": "ABNORMAL"})
        told = answered(200, self.pay.abnormal_refund(
            told["refund_id"], refund, "USER_BANK_CARD", bank_type="ICBC_DEBIT", bank_account="6222000000000000",
            real_name="王小明"))
        expect(f"the refund is {told['status']}", told["status"] == "PROCESSING")
        complaint = control("complaints", {"out_trade_no": order, "detail": "未收到货"})["complaint_id"]
        phone = self.pay.decrypt(answered(200, self.pay.complaint_detail_query(complaint))["payer_phone"])
        expect(f"the phone is {phone}", re.fullmatch(r"1\d{10}", phone))

    def trade_bill(self):
        told = answered(200, self.pay.trade_bill(os.environ["INTEROP_BILL_DATE"]))
        status, packed = self.pay.download_bill(told["download_url"])
        expect(f"the bill is answered {status}", status == 200)
        bill = gzip.decompress(packed)
        expect("the hash is another", told["hash_value"] == hashlib.sha1(bill).hexdigest())
        expect("the order of that day is not in the bill", os.environ["INTEROP_BILL_ORDER"] in bill.decode())


if __name__ == "__main__":
    for each in ("certificate", "public-key"):
        set_mode(each)
        Purchase(each).run()
