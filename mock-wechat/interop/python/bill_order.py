"""A paid order for the bill of a past day: the clock of a stand-in goes forward only, and clients check the time.

`make` pays an order now and prints its number; `age JOURNAL` then puts the journal of the stopped stand-in 36 hours
back. That day's bill is ready at any hour: it ended at least 12 hours ago.
"""

import re
import sys
from datetime import datetime, timedelta, timezone

AGE = timedelta(hours=36)
BEIJING = timezone(timedelta(hours=8))
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")


def paid_order(user):
    from client import TOTAL, answered, connect
    from stand_in import control, set_mode

    set_mode("public-key")
    openid = control("wx/user", {"user": user})["openid"]
    number = f"PAID{datetime.now():%H%M%S%f}"
    answered(200, connect("public-key").pay(
        description="tea", out_trade_no=number, notify_url="http://127.0.0.1:9/never", amount={"total": TOTAL},
        payer={"openid": openid}))
    control("pay-direct", {"out_trade_no": number})
    return number


def age(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    earlier = TIME.sub(lambda found: (datetime.fromisoformat(found[0]) - AGE).isoformat().replace("+00:00", "Z"), text)
    with open(path, "w", encoding="utf-8") as file:
        file.write(earlier)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        print(f"{paid_order('interop-bill')} {datetime.now(BEIJING) - AGE:%Y-%m-%d}")
    else:
        age(sys.argv[2])
