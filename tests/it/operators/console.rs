use std::process::{Command, Output};

use gunpo_mall::base::config::DatabaseUrl;
use gunpo_mall::domain::staff::Role;

use super::{Clerk, hire, login};
use crate::support::TestShop;

fn console(folder: &std::path::Path, database_url: &str, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gunpo-mall"))
        .arg("operator")
        .args(args)
        .current_dir(folder)
        .env_clear()
        .env("DATABASE_URL", database_url)
        .env("USER", "somebody-else")
        .env("SUDO_USER", "somebody-else")
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[cfg(feature = "postgres")]
#[actix_web::test]
async fn an_account_made_at_the_console_of_a_running_shop_is_let_in_and_disabled() {
    let shop = TestShop::start(crate::support::Backend::Postgres, &[]).await;
    let DatabaseUrl::Postgres(url) = &shop.app.settings.database.url else { panic!("not PostgreSQL") };
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| console(folder.path(), url, args);
    let added = run(&["add", "kim", "--role", "manager"]);
    assert!(added.status.success(), "{}", said(&added));
    let first = said(&added).lines().last().unwrap().to_owned();
    login(&shop, "kim", &first, None).await.expect(200);

    for (args, told) in [
        (vec!["add", "kim", "--role", "picker"], "is taken"),
        (vec!["add", "Kim", "--role", "picker"], "can't be a name"),
        (vec!["add", "lee", "--role", "king"], "king"),
        (vec!["disable", "nobody"], "there is no operator nobody"),
    ] {
        let refused = run(&args);
        assert!(!refused.status.success() && said(&refused).contains(told), "{}", said(&refused));
    }
    let listed = said(&run(&["list"]));
    assert!(listed.contains("kim") && listed.contains("manager") && !listed.contains(&first), "{listed}");
    assert!(run(&["role", "kim", "auditor"]).status.success());
    assert!(run(&["disable", "kim"]).status.success());
    login(&shop, "kim", &first, None).await.expect_problem(401, "invalid_credentials");
    assert!(run(&["enable", "kim"]).status.success());
    let reset = said(&run(&["reset", "kim"]));
    login(&shop, "kim", &first, None).await.expect_problem(401, "invalid_credentials");
    login(&shop, "kim", reset.lines().last().unwrap(), None).await.expect(200);

    let auditor = Clerk::settled(&shop, "audrey", Role::Auditor).await;
    let log = auditor.audited("kim").await;
    // By number: a name in a variable is whatever its user likes.
    let is_by_number = |actor: &str| actor.strip_prefix("console:uid ").is_some_and(|uid| uid.parse::<u32>().is_ok());
    let by_console =
        log.iter().filter(|entry| is_by_number(entry["actor"].as_str().unwrap()) && entry["peer"] == "console").count();
    assert_eq!(by_console, 5, "{log:#?}");
    shop.end().await;
}

#[cfg(feature = "sqlite")]
#[actix_web::test]
async fn the_console_says_who_holds_the_file_instead_of_writing_beside_a_server() {
    let shop = TestShop::start(crate::support::Backend::Sqlite, &[]).await;
    hire(&shop, "kim", Role::Picker).await;
    let DatabaseUrl::Sqlite(path) = &shop.app.settings.database.url else { panic!("not SQLite") };
    let (url, folder) = (format!("sqlite:{}", path.display()), tempfile::tempdir().unwrap());
    let refused = console(folder.path(), &url, &["add", "lee", "--role", "picker"]);
    assert!(!refused.status.success(), "{}", said(&refused));
    let listed = console(folder.path(), &url, &["list"]);
    assert!(listed.status.success() && said(&listed).contains("kim"), "{}", said(&listed));
    shop.end().await;
}
