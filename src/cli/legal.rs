//! `legal publish`: the operator's own terms, privacy text and consent to keeping an ID number, in place of the demo's.

use std::path::PathBuf;

use clap::Subcommand;

use super::seed::legal;
use super::{Fault, print, variables};
use crate::base::config::DatabaseSettings;
use crate::base::db::Db;
use crate::domain::content;

/// A file of texts is some 20 kB.
const FILE_MAX_BYTES: u64 = 1024 * 1024;

#[derive(Subcommand)]
pub(super) enum LegalCommand {
    /// Publish the versions of a file that is written as `demo/legal.json` is. What is published already stays as it is; a version with
    /// another text is refused, since somebody may have agreed to it.
    Publish {
        /// The file.
        file: PathBuf,
    },
}

pub(super) async fn run(command: LegalCommand) -> Result<(), Fault> {
    let LegalCommand::Publish { file } = command;
    let unreadable = |error| format!("can't read {}: {error}", file.display());
    if std::fs::metadata(&file).map_err(unreadable)?.len() > FILE_MAX_BYTES {
        return Err(format!("{} is larger than {FILE_MAX_BYTES} bytes", file.display()).into());
    }
    let texts = legal::read(&std::fs::read_to_string(&file).map_err(unreadable)?, &file.display().to_string())?;
    let names: Vec<String> = texts.iter().map(|text| format!("{} {}", text.document.as_str(), text.version)).collect();
    let db = Db::open(&DatabaseSettings::from_map(&variables()?)?)?;
    let published = db.write(move |tx| {
        texts.iter().try_fold(0, |published, text| Ok(published + usize::from(content::publish(tx, text)?)))
    });
    print(&format!("{} published, of {}", published.await?, names.join(", ")))
}
