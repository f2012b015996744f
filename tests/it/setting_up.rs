//! A new shop from nothing: `init` with a stand-in's account, then the commands that it names.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use crate::support::stand_in;

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gunpo-mall")).args(arguments).current_dir(folder).env_clear().output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[track_caller]
fn passes(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    said(&output)
}

#[actix_web::test]
async fn a_shop_that_init_has_set_up_has_no_fault_and_its_secrets_are_its_owner_s_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (_wechat, stand_in, server) = stand_in();
    let path = folder.path().to_owned();
    let setting_up = tokio::task::spawn_blocking(move || {
        let init = passes(&path, &["init", "--stand-in", &stand_in]);
        assert!(!init.contains("Still to be filled in"), "{init}");
        for name in [".env", "apiclient_key.pem", "pub_key.pem"] {
            let mode = fs::metadata(path.join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        let again = run(&path, &["init", "--stand-in", &stand_in]);
        assert!(!again.status.success() && said(&again).contains("nothing is overwritten"), "{}", said(&again));
        passes(&path, &["migrate"]);
        let empty = run(&path, &["doctor"]);
        let told = said(&empty);
        assert!(!empty.status.success(), "{told}");
        for lacks in ["nothing is on sale", "no province is served", "no text 'privacy'", "no notice", "no operator"] {
            assert!(told.contains(lacks), "{lacks}: {told}");
        }
        passes(&path, &["seed"]);
        passes(&path, &["operator", "add", "kim", "--role", "manager"]);
        passes(&path, &["doctor"]);
    });
    setting_up.await.unwrap();
    server.stop(true).await;
}

#[test]
fn what_only_the_owner_of_the_account_knows_is_named_and_the_rest_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let init = passes(folder.path(), &["init", "--public-url", "https://mall.example"]);
    for name in
        ["WECHAT_APPID", "WECHAT_APP_SECRET", "WECHATPAY_MCHID", "WECHATPAY_APIV3_KEY", "WECHATPAY_MERCHANT_KEY_FILE"]
    {
        assert!(init.contains(name), "{name} is not named: {init}");
    }
    for name in ["JWT_SECRET", "BLIND_INDEX_KEY", "DATABASE_URL", "PUBLIC_URL"] {
        assert!(!init.contains(name), "{name} is there already: {init}");
    }
}

/// One that answers, but is no stand-in; and one whose key file can't be written.
#[actix_web::test]
async fn an_init_that_fails_leaves_nothing_behind_and_works_the_second_time() {
    let folder = tempfile::tempdir().unwrap();
    let (_wechat, stand_in, server) = stand_in();
    let path = folder.path().to_owned();
    let setting_up = tokio::task::spawn_blocking(move || {
        let no_shop = run(&path, &["init", "--stand-in", &format!("{stand_in}/v3")]);
        assert!(!no_shop.status.success(), "{}", said(&no_shop));
        fs::write(path.join("pub_key.pem"), "somebody else's").unwrap();
        let in_the_way = run(&path, &["init", "--stand-in", &stand_in]);
        assert!(said(&in_the_way).contains("pub_key.pem"), "{}", said(&in_the_way));
        let left: Vec<_> = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["pub_key.pem"]);
        assert_eq!(fs::read_to_string(path.join("pub_key.pem")).unwrap(), "somebody else's");
        fs::remove_file(path.join("pub_key.pem")).unwrap();
        fs::create_dir(path.join("shop")).unwrap();
        passes(&path, &["init", "--file", "shop/.env", "--stand-in", &stand_in]);
        let env = fs::read_to_string(path.join("shop/.env")).unwrap();
        let full = fs::canonicalize(path.join("shop/pub_key.pem")).unwrap();
        assert!(env.contains(&format!("WECHATPAY_PUBLIC_KEY_FILE={}", full.display())), "{env}");
    });
    setting_up.await.unwrap();
    server.stop(true).await;
}
