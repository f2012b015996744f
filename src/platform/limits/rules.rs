//! The table of rates.

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $text:literal: $burst:literal at once, $per_minute:literal a minute;)+) => {
        /// What is counted for one principal over time.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Rule { $($(#[$doc])* $name,)+ }

        impl Rule {
            /// Every rule there is.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Its name in `RATE_LIMITS` and in the metrics.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// How many may come at once, and how many a minute in the long run.
            pub(crate) const fn rate(self) -> (u32, u32) {
                match self { $(Self::$name => ($burst, $per_minute),)+ }
            }
        }
    };
}

rules! {
    /// Logins of one address (IPv6: of one /64). Whole cities share an address in China: 500 visitors who open the mini program in the same
    /// minute, some of them twice, are honest. Each login costs a call to WeChat.
    LoginPeer = "login_peer": 1_000 at once, 600 a minute;
    /// Logins of one address while those of everybody run out: who has more must not leave the others without any.
    LoginShare = "login_share": 60 at once, 60 a minute;
    /// Logins of everybody: what one merchant should ask of WeChat, however many addresses an attacker has.
    LoginAll = "login_all": 3_000 at once, 6_000 a minute;
    /// Refreshes of one address. As logins, but without WeChat: a write each.
    RefreshPeer = "refresh_peer": 1_000 at once, 1_200 a minute;
    /// Searches and completions of one address: 100 people who type at once, each letter a request.
    SearchPeer = "search_peer": 3_000 at once, 3_000 a minute;
    /// Everything that one buyer asks with a login: a thumb does not do five a second for long.
    Buyer = "buyer": 300 at once, 300 a minute;
    /// Copies of everything: each reads up to 1,000 orders. Nobody needs a second one today.
    Export = "export": 3 at once, 1 a minute;
    /// Proofs that it is the buyer who wants a copy, or the end: each costs a call to WeChat.
    Proof = "proof": 5 at once, 5 a minute;
    /// Phones by WeChat's code: each that is given is billed.
    Phone = "phone": 5 at once, 5 a minute;
    /// Nicknames that one buyer tries: WeChat judges each, and 4,000 a minute of the whole shop.
    Nickname = "nickname": 10 at once, 10 a minute;
    /// Terms and privacy text, of one address: read from the database, without a login.
    LegalPeer = "legal_peer": 1_000 at once, 1_000 a minute;
    /// Orders that one buyer tries to place: retries of one order count too, and a phone retries. Holds stock and writes ten rows.
    Order = "order": 60 at once, 30 a minute;
    /// Pay, sync and cancel of one buyer: each may call WeChat, and a phone asks every two seconds while the buyer pays.
    Pay = "pay": 60 at once, 60 a minute;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_rule_is_missing_in_the_example() {
        let example = include_str!("../../../.env.example");
        for rule in Rule::ALL {
            let (at_once, a_minute) = rule.rate();
            let stated = format!(" {}={at_once}/{a_minute}", rule.name());
            assert!(example.contains(&stated), "{stated} is not in .env.example");
        }
    }
}
