"""wechatpy goes through the mini program's calls that a goods shop makes. What it has no call for goes by its path."""

import json
from base64 import b64decode, b64encode
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

from bill_order import paid_order
from stand_in import ACCOUNT, Inbox, control
from steps import expect, run_steps
from wechatpy import WeChatClient, parse_message
from wechatpy.crypto import WeChatCrypto, WeChatWxaCrypto
from wechatpy.exceptions import InvalidSignatureException, WeChatClientException
from wechatpy.utils import check_signature, check_wxa_signature

USER, TEMPLATE, TOKEN = "interop-wechatpy", "interop-template", "interoptoken"
AES_KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
HOST = "https://api.weixin.qq.com"
PAGE = {"path": "pages/product/index", "query": "id=12"}


def connect(secret):
    return WeChatClient(ACCOUNT["appid"], secret, timeout=10)


def refused(errcode, call, *arguments, **more):
    try:
        told = call(*arguments, **more)
    except WeChatClientException as error:
        expect(f"{errcode} is due: {error}", error.errcode == errcode)
    else:
        expect(f"{errcode} is due: {told}", False)


def is_refused(call, *arguments):
    try:
        call(*arguments)
    except (InvalidSignatureException, ValueError):  # a wrong key ends as text that is none
        return True
    return False


def query_of(path):
    return {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}


def checked(path):
    query = query_of(path)
    check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])
    return query


class MiniProgram:
    """The steps in their order; each is one line of the result."""

    def __init__(self):
        self.client = connect(ACCOUNT["app_secret"])
        self.openid = control("wx/user", {"user": USER})["openid"]
        self.crypto = WeChatCrypto(TOKEN, AES_KEY, ACCOUNT["appid"])
        self.inbox = Inbox(self.echo)

    def run(self):
        run_steps("wechatpy", "mini program", [
            ("access token", self.access_token), ("session", self.session), ("encrypted data", self.encrypted_data),
            ("phone number", self.phone_number), ("code image", self.code_image),
            ("subscribe message", self.subscribe_message), ("link and scheme", self.links),
            ("text check", self.text_check), ("shipping", self.shipping),
            ("unionid of the payer", self.unionid), ("message URL check", self.url_check),
            ("message push, plain", lambda: self.push(self.plain, message_aes_key="", message_xml=True)),
            ("message push, AES in XML", lambda: self.push(self.xml, message_aes_key=AES_KEY, message_xml=True)),
            ("message push, AES in JSON", lambda: self.push(self.json, message_aes_key=AES_KEY, message_xml=False))])
        control("settings", {"message_url": ""})

    def post(self, call, **body):
        return self.client.post(HOST + call, data=body)

    def access_token(self):
        expect("no token", self.client.access_token)
        refused(40125, connect("a wrong secret").fetch_access_token)

    def session(self):
        code = control("wx/login", {"user": USER})["code"]
        told = self.client.wxa.code_to_session(code)
        expect("the openid is another", told["openid"] == self.openid)
        self.session_key = told["session_key"]
        expect("the session key is none", len(b64decode(self.session_key)) == 16)
        refused(40163, self.client.wxa.code_to_session, code)

    def encrypted_data(self):
        given = control("wx/encrypted-data", {"user": USER, "data": {"nickName": '王小明 "😀"'}})

        def decrypt(key):
            return WeChatWxaCrypto(key, given["iv"], ACCOUNT["appid"]).decrypt_message(given["encryptedData"])

        told = decrypt(self.session_key)
        expect(f"decrypted: {told}", told["nickName"] == '王小明 "😀"')
        expect("another key decrypts", is_refused(decrypt, b64encode(bytes([7] * 16)).decode()))
        check_wxa_signature(self.session_key, given["rawData"], given["signature"])
        expect("changed rawData is signed", is_refused(
            check_wxa_signature, self.session_key, given["rawData"] + " ", given["signature"]))

    def phone_number(self):
        code = control("wx/phone", {"user": USER, "phone": "13800001111"})["code"]
        phone = self.post("/wxa/business/getuserphonenumber", code=code)["phone_info"]
        expect(f"the phone is {phone}", phone["purePhoneNumber"] == "13800001111" and str(phone["countryCode"]) == "86")
        refused(40029, self.post, "/wxa/business/getuserphonenumber", code=code)

    def code_image(self):
        # Its own default of the line colour has the numbers as text, as WeChat's older pages do.
        wanted = {"scene": "p=12&c=a~1", "page": "pages/product/index"}
        jpeg = self.client.wxa.get_wxa_code_unlimited(**wanted).content
        expect(f"no JPEG: {jpeg[:99]}", jpeg[:3] == b"\xff\xd8\xff")
        png = self.client.wxa.get_wxa_code_unlimited(**wanted, is_hyaline=True).content
        expect(f"no PNG: {png[:99]}", png[1:4] == b"PNG")
        for limited in (self.client.wxa.get_wxa_code, self.client.wxa.create_qrcode):
            jpeg = limited("pages/product/index?id=12").content
            expect(f"no JPEG: {jpeg[:99]}", jpeg[:3] == b"\xff\xd8\xff")
        refused(40169, self.client.wxa.get_wxa_code_unlimited, "s" * 33)

    def subscribe_message(self):
        data = {"character_string1": {"value": "IOP1"}, "thing2": {"value": "红参 6年根"}, "amount3": {"value": "88.00元"}}
        message = (self.openid, TEMPLATE, data, "pages/order/index?no=1")
        control("wx/subscribe", {"user": USER, "template_ids": [TEMPLATE]})
        told = self.client.wxa.send_subscribe_message(*message)
        expect(f"sent: {told}", told["errcode"] == 0)
        # One accept is one message.
        refused(43101, self.client.wxa.send_subscribe_message, *message)

    def links(self):
        link = self.post("/wxa/generate_urllink", **PAGE, expire_type=1, expire_interval=30)["url_link"]
        asked = self.post("/wxa/query_urllink", url_link=link)["url_link_info"]
        expect(f"the link leads to {asked}", asked["query"] == PAGE["query"])
        scheme = self.post("/wxa/generatescheme", jump_wxa=PAGE, expire_type=1, expire_interval=30)["openlink"]
        expect(f"the scheme is {scheme}", scheme.startswith("weixin://dl/business/?t="))
        refused(85401, self.post, "/wxa/generate_urllink", **PAGE, expire_type=1, expire_interval=31)

    def text_check(self):
        # Its own check_text_security speaks version 1, which WeChat's page has no more: no version, openid and scene.
        refused(40097, self.client.wxa.check_text_security, "很好喝")
        for content, suggest in (("很好喝", "pass"), ("加微信看广告", "risky")):
            told = self.post("/wxa/msg_sec_check", version=2, scene=2, openid=self.openid, content=content)
            expect(f"{content} is {told}", told["result"]["suggest"] == suggest)

    def shipping(self):
        order = paid_order(USER)
        parcel = {
            "tracking_no": "SF1234567890", "express_company": "SF", "item_desc": "红参 6年根*1",
            "contact": {"receiver_contact": "138****1111"}}
        now = datetime.now(timezone(timedelta(hours=8)))
        self.post(
            "/wxa/sec/order/upload_shipping_info", logistics_type=1, delivery_mode=1, shipping_list=[parcel],
            order_key={"order_number_type": 1, "mchid": ACCOUNT["mchid"], "out_trade_no": order},
            upload_time=now.isoformat(timespec="milliseconds"), payer={"openid": self.openid})
        told = self.post("/wxa/sec/order/get_order", merchant_id=ACCOUNT["mchid"], merchant_trade_no=order)["order"]
        expect(f"the order is {told}", told["order_state"] == 2)

    def unionid(self):
        order = paid_order(USER)
        control("wx/user", {"user": USER, "unionid": "union-of-interop"})
        told = self.client.wxa.get_paid_unionid(self.openid, mch_id=ACCOUNT["mchid"], out_trade_no=order)
        expect(f"the unionid: {told}", told == "union-of-interop")

    def echo(self, path):
        return None if is_refused(checked, path) else query_of(path)["echostr"]

    def set_up(self, **more):
        control("settings", {"message_url": self.inbox.url, "message_token": TOKEN, **more})

    def url_check(self):
        self.set_up(message_aes_key="")
        expect("the console does not accept the answer", control("message-check", {})["accepted"])
        _, _, path = self.inbox.next()
        expect("a wrongly signed check is answered", not self.echo(path.replace("nonce=", "nonce=0")))

    def push(self, read, **settings):
        self.set_up(**settings)
        control("wx/subscribe", {"user": USER, "template_ids": [TEMPLATE]})
        _, body, path = self.inbox.next()
        who, event = read(path, body)
        expect(f"pushed: {event} of {who}", event == "subscribe_msg_popup_event" and who == self.openid)
        expect("a wrongly signed message is read", is_refused(read, path.replace("nonce=", "nonce=0"), body))

    def plain(self, path, body):
        checked(path)
        # An event that it has no class for is its UnknownMessage, fields and all.
        message = parse_message(body)
        return message.source, message._data["Event"]

    def opened(self, path, sealed):
        query = query_of(path)
        return self.crypto.decrypt_message(sealed, query["msg_signature"], query["timestamp"], query["nonce"])

    def xml(self, path, body):
        message = parse_message(self.opened(path, body))
        return message.source, message._data["Event"]

    def json(self, path, body):
        # It parses XML only, but takes what is sealed as a dict.
        told = json.loads(self.opened(path, json.loads(body)))
        return told["FromUserName"], told["Event"]


if __name__ == "__main__":
    MiniProgram().run()
