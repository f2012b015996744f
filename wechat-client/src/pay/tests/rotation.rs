//! Keys rotate while notifies come in: none that WeChat signed is refused, in either mode and on the way between them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;

use super::certificates::{NEXT_SERIAL, NOTIFY, list_of, next_entry, notify_headers, platform_entry};
use crate::testing::TestClock;
use crate::testing::{
    PLATFORM_SERIAL, PUBLIC_KEY_ID, Party, ScriptedWeChat, Signed, certificate_credentials, parties,
    public_key_credentials,
};
use crate::{NotifyRefused, PayClient, PayCredentials, SignatureHeaders, VerifyFault};

/// What WeChat lists at a time: the old certificate, both, the new one.
struct Rotation {
    phase: Arc<AtomicUsize>,
    wechat: Arc<ScriptedWeChat>,
    client: Arc<PayClient>,
    clock: TestClock,
}

impl Rotation {
    fn of(credentials: &PayCredentials) -> Self {
        let clock = TestClock::new();
        let phase = Arc::new(AtomicUsize::new(0));
        let (listed, for_list) = (Arc::clone(&phase), clock.clone());
        let wechat = ScriptedWeChat::slow(Duration::from_millis(20), move |_| {
            let (old, next) = (platform_entry(&for_list), next_entry(&for_list));
            let at = listed.load(Ordering::SeqCst);
            let body = list_of(&[vec![old.clone()], vec![old, next.clone()], vec![next]][at]);
            let (party, serial) =
                if at == 2 { (&parties().next_platform, NEXT_SERIAL) } else { (&parties().platform, PLATFORM_SERIAL) };
            Ok(Signed::by(party, serial, body.as_bytes(), &for_list, 0).answer(200, body.as_bytes()))
        });
        let client = Arc::new(PayClient::new(credentials, wechat.clone(), clock.clone()).unwrap());
        Self { phase, wechat, client, clock }
    }

    fn signed(&self, party: &Party, serial: &str) -> SignatureHeaders {
        notify_headers(&Signed::by(party, serial, NOTIFY, &self.clock, 0))
    }

    /// 60 notifies at once, signed in turn by each of these, beside a refresh if there is one.
    async fn receives(&self, signers: &[(&Party, &str)], refresh: bool) {
        let headers: Vec<_> = signers.iter().map(|(party, serial)| self.signed(party, serial)).collect();
        let notifies = join_all((0..60).map(|at| self.client.receive_notify(&headers[at % headers.len()], NOTIFY)));
        let refreshed = async {
            if refresh {
                self.client.refresh_certificates().await.unwrap();
            }
        };
        let (results, ()) = futures_util::future::join(notifies, refreshed).await;
        let refused: Vec<_> = results.iter().filter_map(|result| result.as_ref().err()).collect();
        assert!(refused.is_empty(), "{refused:?}");
    }

    fn moves_on(&self) {
        self.phase.fetch_add(1, Ordering::SeqCst);
        // Certificates are listed a day before they are used.
        self.clock.advance(Duration::from_mins(2));
    }
}

#[tokio::test]
async fn keys_rotate_under_parallel_notifies_and_none_is_refused() {
    let both_modes = [certificate_credentials(), public_key_credentials()];
    for credentials in &both_modes {
        let rotation = Rotation::of(credentials);
        let old = (&parties().platform, PLATFORM_SERIAL);
        let next = (&parties().next_platform, NEXT_SERIAL);
        let public = (&parties().platform, PUBLIC_KEY_ID);
        rotation.receives(&[old], false).await;
        rotation.moves_on();
        rotation.receives(&[old, next], false).await;
        assert_eq!(rotation.wechat.requests().len(), 2, "one download for each list, however many notifies wait");
        rotation.receives(&[old, next], true).await;
        if credentials.public_key.is_some() {
            rotation.receives(&[public, old, next], true).await;
        }
        rotation.moves_on();
        rotation.receives(&[next], true).await;
        let late = rotation.client.receive_notify(&rotation.signed(old.0, old.1), NOTIFY).await.unwrap_err();
        assert!(matches!(late, NotifyRefused::Unverified(VerifyFault::UnknownSerial(_))), "{late}");
        assert_eq!(rotation.client.certificate_serials(), [NEXT_SERIAL]);
    }
}

#[tokio::test]
async fn a_key_that_stays_is_there_at_every_moment_of_a_refresh() {
    let rotation = Rotation::of(&public_key_credentials());
    rotation.client.refresh_certificates().await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = [PLATFORM_SERIAL, PUBLIC_KEY_ID]
        .map(|serial| {
            let (client, stop) = (Arc::clone(&rotation.client), Arc::clone(&stop));
            let headers = rotation.signed(&parties().platform, serial);
            std::thread::spawn(move || {
                let mut seen = 0_u32;
                while !stop.load(Ordering::SeqCst) {
                    client.verify_notify(&headers, NOTIFY).unwrap();
                    seen += 1;
                }
                seen
            })
        })
        .into();
    for phase in [1, 0, 1, 0, 1] {
        rotation.phase.store(phase, Ordering::SeqCst);
        rotation.client.refresh_certificates().await.unwrap();
    }
    stop.store(true, Ordering::SeqCst);
    for reader in readers {
        assert!(reader.join().unwrap() > 0);
    }
}

#[tokio::test]
async fn the_switch_between_the_modes_costs_no_notify_either_way() {
    // Certificates only, then both, then the public key only, and back: a restart with other credentials each time,
    // while WeChat signs with either key as it likes.
    let certificate = (&parties().platform, PLATFORM_SERIAL);
    let public = (&parties().platform, PUBLIC_KEY_ID);
    Rotation::of(&certificate_credentials()).receives(&[certificate], true).await;
    Rotation::of(&public_key_credentials()).receives(&[public, certificate], true).await;
    let public_only = Rotation::of(&public_key_credentials());
    public_only.receives(&[public], false).await;
    assert!(public_only.wechat.requests().is_empty(), "a public key needs no download");
    Rotation::of(&certificate_credentials()).receives(&[certificate], true).await;
}
