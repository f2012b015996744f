//! What a shop of tests and benches is configured with: all that has no default. Nothing comes from the process.

use std::fs;
use std::io;
use std::path::Path;

use mock_wechat::Account;

/// `address` is where the shop is reached, `wechat` where the stand-in listens; keys are written into `folder`. Whoever calls adds what is
/// its own: what stands later counts.
pub(crate) fn of_shop(
    folder: &Path,
    database_url: &str,
    address: &str,
    wechat: &str,
    account: &Account,
) -> io::Result<Vec<(&'static str, String)>> {
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text)?;
        io::Result::Ok(path.display().to_string())
    };
    Ok(vec![
        ("DATABASE_URL", database_url.to_owned()),
        ("PUBLIC_URL", address.to_owned()),
        ("MEDIA_DIR", folder.join("media").display().to_string()),
        ("ENDED_ACCOUNTS_FILE", folder.join("ended").display().to_string()),
        ("JWT_SECRET", "kJ8sP2vQ9xL4mN7rT1wY5zB3cD6fG0hK".to_owned()),
        ("DATA_KEYS", "t1:MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY=".to_owned()),
        ("BLIND_INDEX_KEY", "dnV0c3JxcG9ubWxramloZ2ZlZGNiYTk4NzY1NDMyMTA=".to_owned()),
        ("WECHAT_APPID", account.appid.clone()),
        ("WECHAT_APP_SECRET", account.app_secret.clone()),
        ("WECHAT_API_URL", wechat.to_owned()),
        ("WECHATPAY_MCHID", account.mchid.clone()),
        ("WECHATPAY_MERCHANT_SERIAL", account.merchant_serial.clone()),
        ("WECHATPAY_MERCHANT_KEY_FILE", file("apiclient_key.pem", &account.merchant_private_key_pem)?),
        ("WECHATPAY_APIV3_KEY", account.api_v3_key.clone()),
        ("WECHATPAY_PUBLIC_KEY_ID", account.public_key_id.clone()),
        ("WECHATPAY_PUBLIC_KEY_FILE", file("pub_key.pem", &account.public_key_pem)?),
        ("WECHATPAY_URL", wechat.to_owned()),
    ])
}
