"""The merchant's certificate, which WeChat's console gives beside the key: some packages read the serial from it.

    merchant_cert.py ACCOUNT_FILE
"""

import json
import sys
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID


def main(account_file):
    with open(account_file, encoding="utf-8") as file:
        account = json.load(file)
    key = serialization.load_pem_private_key(account["merchant_private_key_pem"].encode(), None)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, account["mchid"])])
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), int(account["merchant_serial"], 16))
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1825)).sign(key, hashes.SHA256()))
    print(made.public_bytes(serialization.Encoding.PEM).decode(), end="")


if __name__ == "__main__":
    main(sys.argv[1])
