//! A fresh database for each test, copied from a template that is migrated and seeded once a process.

use std::path::{Path, PathBuf};

use gunpo_mall::base::clock::Clock;
use gunpo_mall::base::config::{DatabaseSettings, DatabaseUrl};
use gunpo_mall::base::db::{Db, Migrations};
use gunpo_mall::cli::seed;
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
}

/// A database of one test; gone when dropped.
pub(crate) struct TestDatabase {
    pub(crate) url: String,
    #[cfg_attr(not(feature = "postgres"), allow(dead_code))]
    drop_name: Option<String>,
}

pub(crate) fn settings(url: &str) -> DatabaseSettings {
    DatabaseSettings { url: DatabaseUrl::parse(url).unwrap(), read_connections: 2, connections: 4 }
}

impl TestDatabase {
    pub(crate) async fn new(backend: Backend, folder: &Path) -> Self {
        match backend {
            Backend::Sqlite => {
                let file = folder.join("shop.db");
                std::fs::copy(sqlite_template().await, &file).unwrap();
                Self { url: format!("sqlite:{}", file.display()), drop_name: None }
            }
            Backend::Postgres => postgres_copy(true).await,
        }
    }

    /// On a server of the test's own, which takes it along.
    #[allow(dead_code, reason = "each binary of tests uses its part of this file")]
    pub(crate) async fn at(url: String, folder: &Path) -> Self {
        fill(&url, folder).await;
        Self { url, drop_name: None }
    }

    /// Without tables.
    #[allow(dead_code, reason = "each binary of tests uses its part of this file")]
    pub(crate) async fn empty(backend: Backend, folder: &Path) -> Self {
        match backend {
            Backend::Sqlite => Self { url: format!("sqlite:{}", folder.join("empty.db").display()), drop_name: None },
            Backend::Postgres => postgres_copy(false).await,
        }
    }
}

async fn sqlite_template() -> &'static PathBuf {
    static TEMPLATE: OnceCell<(TempDir, PathBuf)> = OnceCell::const_new();
    let (_, path) = TEMPLATE
        .get_or_init(|| async {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("template.db");
            fill(&format!("sqlite:{}", path.display()), folder.path()).await;
            (folder, path)
        })
        .await;
    path
}

async fn fill(url: &str, folder: &Path) {
    let settings = settings(url);
    Migrations::open(&settings).unwrap().run().unwrap();
    let db = Db::open(&settings).unwrap();
    seed(&db, &Clock::system(), &folder.join("media")).await.unwrap();
}

#[cfg(not(feature = "postgres"))]
async fn postgres_copy(_seeded: bool) -> TestDatabase {
    unreachable!("built without postgres")
}

#[cfg(feature = "postgres")]
async fn postgres_copy(seeded: bool) -> TestDatabase {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let template = if seeded {
        TEMPLATE
            .get_or_init(|| async {
                let name = format!("template_{}", std::process::id());
                admin(&format!("DROP DATABASE IF EXISTS {name}"));
                admin(&format!("CREATE DATABASE {name}"));
                let folder = tempfile::tempdir().unwrap();
                fill(&url_of(&name), folder.path()).await;
                name
            })
            .await
            .as_str()
    } else {
        "template1"
    };
    let name = format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
    admin(&format!("CREATE DATABASE {name} TEMPLATE {template}"));
    TestDatabase { url: url_of(&name), drop_name: Some(name) }
}

/// `scripts/test` starts a server of its own and sets this; tests never skip silently.
#[cfg(feature = "postgres")]
fn server() -> String {
    std::env::var("TEST_POSTGRES_URL")
        .expect("TEST_POSTGRES_URL is not set: run scripts/test, or build without postgres")
}

#[cfg(feature = "postgres")]
fn url_of(database: &str) -> String {
    format!("{}/{database}", server())
}

#[cfg(feature = "postgres")]
pub(crate) fn admin(sql: &str) {
    use diesel::connection::{Connection, SimpleConnection};
    // CREATE DATABASE refuses while somebody else copies the same template.
    static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut conn = diesel::PgConnection::establish(&url_of("postgres")).unwrap();
    conn.batch_execute(sql).unwrap();
}

#[cfg(feature = "postgres")]
impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some(name) = &self.drop_name {
            admin(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}
