//! What is served beside the API: documents and pictures.

use std::collections::HashSet;
use std::fs;

use actix_web::test::read_body;

use super::*;
use crate::http::{docs, openapi};

#[actix_web::test]
async fn the_pages_of_the_api_run_no_script_and_load_nothing_from_elsewhere() {
    for uri in ["/", "/docs", "/docs/", "/docs/docs.css", "/docs/errors", "/docs/errors/out_of_stock"] {
        let response = call(TestRequest::get().uri(uri)).await;
        assert_eq!(response.status(), 200, "{uri}");
        let csp = response.headers().get("content-security-policy").unwrap().to_str().unwrap().to_owned();
        assert!(csp.starts_with("default-src 'none'; style-src 'self';") && !csp.contains("script"), "{csp}");
        let page = String::from_utf8(read_body(response).await.to_vec()).unwrap();
        for foreign in ["<script", "style=", "src=", "@import", "url("] {
            assert!(!page.contains(foreign), "{uri} has {foreign}");
        }
    }
}

#[actix_web::test]
async fn the_reference_shows_every_operation_and_every_link_in_it_leads_somewhere() {
    let page = call(TestRequest::get().uri("/docs")).await;
    let page = String::from_utf8(read_body(page).await.to_vec()).unwrap();
    let document: Value = serde_json::from_str(&openapi::document()).unwrap();
    let mut operations = HashSet::new();
    collect(&document["paths"], "operationId", &mut operations);
    for operation in &operations {
        assert!(page.contains(&format!("id=\"{operation}\"")), "{operation} is not shown");
    }
    for link in page.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(page.contains(&format!("id=\"{link}\"")), "#{link} leads nowhere");
    }
}

#[actix_web::test]
async fn the_type_of_every_problem_leads_to_a_page_of_its_own() {
    let index = call(TestRequest::get().uri("/docs/errors")).await;
    let index = String::from_utf8(read_body(index).await.to_vec()).unwrap();
    for code in Code::ALL {
        let address = format!("/docs/errors/{}", code.as_str());
        assert!(index.contains(&format!("href=\"{address}\"")), "{code:?}");
        let page = call(TestRequest::get().uri(&address)).await;
        assert_eq!(page.status(), 200);
        let page = String::from_utf8(read_body(page).await.to_vec()).unwrap();
        assert!(page.contains(code.when().trim().split('`').next().unwrap()), "{code:?}: {page}");
    }
    assert_eq!(call(TestRequest::get().uri("/docs/errors/no_such_code")).await.status(), 404);
}

#[test]
fn every_code_of_an_operation_is_named_by_one() {
    let by_code = docs::errors::operations_by_code(&serde_json::from_str(&openapi::document()).unwrap());
    // What stands before the operations, or is of no operation of ours.
    let of_none = ["method_not_allowed", "not_acceptable", "invalid_signature"];
    let unnamed = Code::ALL.iter().map(|code| code.as_str());
    let unnamed: Vec<_> = unnamed.filter(|code| !of_none.contains(code) && !by_code.contains_key(code)).collect();
    assert_eq!(unnamed, [""; 0], "no operation says that it answers these");
}

#[test]
fn the_document_has_no_dangling_reference() {
    let document: Value = serde_json::from_str(&openapi::document()).unwrap();
    let mut references = HashSet::new();
    collect(&document, "$ref", &mut references);
    assert!(references.contains("#/components/schemas/Problem"));
    for reference in references {
        let pointer = reference.strip_prefix('#').expect("a reference into this document");
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    let problem = document.pointer("/components/schemas/Problem/properties").unwrap();
    for member in ["type", "title", "status", "code", "detail", "trace_id", "errors"] {
        assert!(problem.get(member).is_some(), "{member}");
    }
}

#[test]
fn the_document_names_no_unknown_tag_or_security_scheme_and_no_operation_twice() {
    let document: Value = serde_json::from_str(&openapi::document()).unwrap();
    let tags: HashSet<&str> =
        document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    let schemes = document.pointer("/components/securitySchemes").unwrap().as_object().unwrap();
    let mut names = HashSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name), "{method} {path}: {name} is taken");
            let tag = operation["tags"][0].as_str().unwrap();
            assert!(tags.contains(tag), "{method} {path}: no tag {tag}");
            for requirement in operation["security"].as_array().into_iter().flatten() {
                for scheme in requirement.as_object().unwrap().keys() {
                    assert!(schemes.contains_key(scheme), "{method} {path}: no scheme {scheme}");
                }
            }
        }
    }
}

#[actix_web::test]
async fn every_documented_operation_is_routed() {
    let app = ActixApp::new().wrap(from_fn(envelope)).configure(|config| routes::configure(config, "nowhere".as_ref()));
    let service = init_service(app.default_service(web::to(routes::not_found))).await;
    let document: Value = serde_json::from_str(&openapi::document()).unwrap();
    let mut operations = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let uri = path
                .split('/')
                .map(|part| if part.starts_with('{') { "1" } else { part })
                .collect::<Vec<_>>()
                .join("/");
            let method = method.to_uppercase().parse().unwrap();
            // Without an App behind it a handler answers 500; only a missing route answers 404 or 405.
            let response = call_service(&service, TestRequest::default().method(method).uri(&uri).to_request()).await;
            assert!(![404, 405].contains(&response.status().as_u16()), "{path} is documented but not routed");
            operations += 1;
        }
    }
    assert!(operations >= 25, "{operations}");
}

fn collect(value: &Value, name: &str, found: &mut HashSet<String>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get(name).and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| collect(member, name, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, name, found)),
        _ => {}
    }
}

#[actix_web::test]
async fn pictures_are_served_and_nothing_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let media_folder = folder.path().join("media");
    fs::create_dir_all(media_folder.join("vendors")).unwrap();
    fs::write(media_folder.join("vendors/a.png"), b"\x89PNG").unwrap();
    fs::write(media_folder.join(".env"), b"secret").unwrap();
    fs::write(folder.path().join("outside.png"), b"secret").unwrap();
    std::os::unix::fs::symlink(folder.path().join("outside.png"), media_folder.join("link.png")).unwrap();
    std::os::unix::fs::symlink(folder.path(), media_folder.join("up")).unwrap();
    let app = ActixApp::new().wrap(from_fn(envelope)).service(media::service(&media_folder));
    let service = init_service(app.default_service(web::to(routes::not_found))).await;

    let good = call_service(&service, TestRequest::get().uri("/media/vendors/a.png").to_request()).await;
    assert_eq!(good.status(), 200);
    assert_eq!(good.headers().get("content-type").unwrap(), "image/png");
    assert_eq!(good.headers().get("cache-control").unwrap(), "public, max-age=86400");
    assert_eq!(good.headers().get("x-content-type-options").unwrap(), "nosniff");

    for uri in [
        "/media",
        "/media/",
        "/media/vendors",
        "/media/vendors/",
        "/media/.env",
        "/media/%2eenv",
        "/media/../outside.png",
        "/media/%2e%2e/outside.png",
        "/media/..%2foutside.png",
        "/media/vendors/../../outside.png",
        "/media/..%5coutside.png",
        "/media//etc/passwd",
        "/media/%2fetc%2fpasswd",
        "/media/vendors/a.png%00.txt",
        "/media/link.png",
        "/media/up/outside.png",
        "/media/none.png",
    ] {
        let response = call_service(&service, TestRequest::get().uri(uri).to_request()).await;
        let status = response.status().as_u16();
        assert!([400, 404].contains(&status), "{uri}: {status}");
        assert_eq!(response.headers().get("cache-control").unwrap(), "no-store", "{uri}");
        assert!(!String::from_utf8_lossy(&read_body(response).await).contains("secret"), "{uri}");
    }
    for method in ["POST", "PUT", "DELETE"] {
        let request = TestRequest::default().method(method.parse().unwrap()).uri("/media/vendors/a.png");
        assert_eq!(call_service(&service, request.to_request()).await.status(), 405, "{method}");
    }
}
