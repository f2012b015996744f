//! `init`: a `.env` for a new shop. Secrets are made, a stand-in's account is taken if one is named, and what only its owner can know is asked for at a
//! terminal, or named at the end.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write, stdin};
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;

use super::{Fault, print};
use crate::base::config::{Settings, environment};
use crate::base::private_file;

/// Every variable with its comment; what is set is filled in.
const TEMPLATE: &str = include_str!("../../.env.example");
/// A key of AES-256 or of HMAC-SHA256, bytes.
const KEY: usize = 32;
/// Bytes of a secret that signs tokens.
const SECRET: usize = 48;
/// What only the owner of the account knows, and what is asked.
const ASKED: [(&str, &str); 9] = [
    ("PUBLIC_URL", "where WeChat and phones reach the API, https://..., no slash at the end"),
    ("WECHAT_APPID", "AppID of the mini program (wx...)"),
    ("WECHAT_APP_SECRET", "its AppSecret"),
    ("WECHATPAY_MCHID", "merchant number of WeChat Pay"),
    ("WECHATPAY_MERCHANT_SERIAL", "serial number of the merchant certificate"),
    ("WECHATPAY_MERCHANT_KEY_FILE", "path of apiclient_key.pem"),
    ("WECHATPAY_APIV3_KEY", "APIv3 key, 32 characters"),
    ("WECHATPAY_PUBLIC_KEY_ID", "id of WeChat Pay's public key (PUB_KEY_ID_...)"),
    ("WECHATPAY_PUBLIC_KEY_FILE", "path of pub_key.pem"),
];
/// What a stand-in's `account.env` has to give. Nothing else is taken from it: whoever answers at that address chooses neither database nor keys.
const STAND_IN_NAMES: [&str; 7] = [
    "WECHAT_APPID",
    "WECHAT_APP_SECRET",
    "WECHATPAY_MCHID",
    "WECHATPAY_APIV3_KEY",
    "WECHATPAY_APIV2_KEY",
    "WECHATPAY_MERCHANT_SERIAL",
    "WECHATPAY_PUBLIC_KEY_ID",
];
/// How long a stand-in has for each answer.
const STAND_IN_TIMEOUT: Duration = Duration::from_secs(10);
/// Files of a stand-in, with the variable that names each.
const STAND_IN_FILES: [(&str, &str); 2] =
    [("apiclient_key.pem", "WECHATPAY_MERCHANT_KEY_FILE"), ("pub_key.pem", "WECHATPAY_PUBLIC_KEY_FILE")];

/// How a `.env` is made.
#[derive(Args)]
pub(super) struct InitArgs {
    /// Where to; nothing is overwritten.
    #[arg(long, default_value = ".env")]
    file: PathBuf,
    /// The API as WeChat and phones reach it: `https://...` With a stand-in `http://127.0.0.1:8080` unless told.
    #[arg(long)]
    public_url: Option<String>,
    /// `sqlite:FILE` or `postgres://USER@HOST/DATABASE`.
    #[arg(long, default_value = "sqlite:gunpo-mall.db")]
    database_url: String,
    /// A running mock-wechat, whose account is taken in place of one of WeChat: `http://127.0.0.1:8090`.
    #[arg(long)]
    stand_in: Option<String>,
}

pub(super) async fn run(args: InitArgs) -> Result<(), Fault> {
    if args.file.exists() {
        return Err(format!("{} is there already: nothing is overwritten", args.file.display()).into());
    }
    let mut values = made()?;
    values.insert("DATABASE_URL".into(), args.database_url.clone());
    values.extend(args.public_url.clone().map(|url| ("PUBLIC_URL".to_owned(), url)));
    let mut files = Vec::new();
    if let Some(stand_in) = &args.stand_in {
        values.entry("PUBLIC_URL".into()).or_insert_with(|| "http://127.0.0.1:8080".into());
        files = take_account(stand_in.trim_end_matches('/'), &folder_of(&args.file)?, &mut values).await?;
    }
    if stdin().is_terminal() {
        ask(&mut values)?;
    }
    files.push((args.file.clone(), filled(&values)));
    write_all(&files)?;
    tell(&args.file)
}

/// Where key files go. A `.env` of another folder names them in full: `serve` reads relative paths from where it is started.
fn folder_of(file: &Path) -> Result<PathBuf, Fault> {
    match file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => Ok(std::path::absolute(folder)?),
        None => Ok(PathBuf::new()),
    }
}

/// All files, or none: what was begun is taken back, so that a second try meets nothing in its way.
fn write_all(files: &[(PathBuf, String)]) -> Result<(), Fault> {
    for (count, (file, text)) in files.iter().enumerate() {
        let mut made = private_file::create(file).map_err(|error| format!("{}: {error}", file.display()));
        let written = match &mut made {
            Ok(made) => made.write_all(text.as_bytes()).map_err(|error| format!("{}: {error}", file.display())),
            Err(error) => Err(error.clone()),
        };
        if let Err(error) = written {
            // A file that could not be made is somebody else's.
            let ours = count + usize::from(made.is_ok());
            for (file, _) in &files[..ours] {
                // It is told which file failed; one that can't be removed either stands beside it.
                let _ = std::fs::remove_file(file);
            }
            return Err(error.into());
        }
    }
    Ok(())
}

/// Secrets that nobody needs to know.
fn made() -> Result<BTreeMap<String, String>, Fault> {
    Ok(BTreeMap::from([
        ("JWT_SECRET".to_owned(), random(SECRET)?),
        ("DATA_KEYS".to_owned(), format!("k1:{}", random(KEY)?)),
        ("BLIND_INDEX_KEY".to_owned(), random(KEY)?),
    ]))
}

fn random(length: usize) -> Result<String, Fault> {
    let mut bytes = vec![0; length];
    rand::fill(&mut bytes).map_err(|_| "no random numbers can be had")?;
    Ok(STANDARD.encode(bytes))
}

/// Numbers of a stand-in, as its page offers them, and its key files, which come to lie beside the `.env`.
async fn take_account(
    stand_in: &str,
    folder: &Path,
    values: &mut BTreeMap<String, String>,
) -> Result<Vec<(PathBuf, String)>, Fault> {
    let http = reqwest::Client::builder().no_proxy().timeout(STAND_IN_TIMEOUT).build()?;
    let get = async |name: &str| -> Result<String, Fault> {
        let answer = http.get(format!("{stand_in}/_mock/keys/{name}")).send().await?;
        Ok(answer.error_for_status()?.text().await?)
    };
    let account = get("account.env").await?;
    let mut account = dotenvy::from_read_iter(account.as_bytes()).collect::<Result<BTreeMap<_, _>, _>>()?;
    for name in STAND_IN_NAMES {
        let value = account.remove(name).ok_or_else(|| format!("{stand_in} gives no {name}: is it mock-wechat?"))?;
        values.insert(name.to_owned(), value);
    }
    let mut files = Vec::new();
    for (name, variable) in STAND_IN_FILES {
        let file = folder.join(name);
        values.insert(variable.to_owned(), file.display().to_string());
        files.push((file, get(name).await?));
    }
    for variable in ["WECHAT_API_URL", "WECHATPAY_URL"] {
        values.insert(variable.to_owned(), stand_in.to_owned());
    }
    Ok(files)
}

/// An empty answer leaves it for later.
fn ask(values: &mut BTreeMap<String, String>) -> Result<(), Fault> {
    for (name, what) in ASKED {
        if values.contains_key(name) {
            continue;
        }
        let mut out = std::io::stdout();
        write!(out, "{name}: {what}\n> ")?;
        out.flush()?;
        let mut answer = String::new();
        stdin().read_line(&mut answer)?;
        let answer = answer.trim();
        if !answer.is_empty() {
            values.insert(name.to_owned(), answer.to_owned());
        }
    }
    Ok(())
}

/// The template, with each value at the line of its name.
fn filled(values: &BTreeMap<String, String>) -> String {
    let line = |line: &str| {
        let name = line.trim_start_matches("# ").split_once('=').map(|(name, _)| name);
        match name.and_then(|name| values.get_key_value(name)) {
            Some((name, value)) => format!("{name}={}\n", quoted(value)),
            None => format!("{line}\n"),
        }
    };
    TEMPLATE.lines().map(line).collect()
}

/// As it must stand in a `.env`: blanks and signs would end it or be read as something else.
fn quoted(value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@+=,".contains(c);
    if value.chars().all(is_plain) {
        return value.to_owned();
    }
    let escaped: String =
        value.chars().flat_map(|c| "\"\\$".contains(c).then_some('\\').into_iter().chain([c])).collect();
    format!("\"{escaped}\"")
}

fn tell(file: &Path) -> Result<(), Fault> {
    print(&format!(
        "{} is written, readable by its owner only. Keep a copy of its keys: without DATA_KEYS no address opens.",
        file.display()
    ))?;
    if let Err(faults) = Settings::from_map(&environment(file)?) {
        print(&format!("Still to be filled in there:\n{faults}"))?;
    }
    print(
        "Then:\n  gunpo-mall migrate\n  gunpo-mall seed                                a fictitious catalogue with freight and legal texts, to try with\n  \
         gunpo-mall operator add NAME --role manager    prints a one-time password\n  gunpo-mall doctor\n  gunpo-mall serve",
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_written_is_read_back_as_it_was_typed() {
        for value in [
            "postgres://shop:p%40ss@db/mall?sslmode=require",
            "a b",
            "a#b",
            "it's \"so\"",
            "$HOME\\n",
            "军浦馆",
            "k1:Ab+/==",
        ] {
            let line = format!("NAME={}\n", quoted(value));
            let read = dotenvy::from_read_iter(line.as_bytes()).next().unwrap().unwrap();
            assert_eq!(read, ("NAME".to_owned(), value.to_owned()), "{line}");
        }
    }
}
