//! Generated listings: routes, events, permissions, OpenAPI.

use std::{fmt::Write, path::Path, sync::Arc};

use anyhow::{Context, Result};
use rapport_web::{Access, House};
use serde_json::json;

use crate::house;

/// The version of the API document.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

fn assembled() -> House {
    House(Arc::new(house::modules()))
}

/// `rapport routes`.
pub fn print_routes(as_json: bool) -> Result<()> {
    let house = assembled();
    if as_json {
        let routes: Vec<_> = house
            .0
            .iter()
            .flat_map(|module| module.routes.iter())
            .map(|route| json!({"method": route.method.as_str(), "path": route.path, "module": route.module, "access": access(route.access), "documented": route.doc.is_some()}))
            .collect();
        println!("{}", serde_json::to_string_pretty(&routes)?);
    } else {
        print!("{}", routes(&house));
    }
    Ok(())
}

/// `rapport openapi`.
pub fn print_openapi() -> Result<()> {
    println!("{}", openapi()?);
    Ok(())
}

/// `rapport listings`: every listing as a file of the folder.
pub fn write(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    for (name, text) in all()? {
        std::fs::write(folder.join(name), text).with_context(|| format!("cannot write {name}"))?;
    }
    Ok(())
}

/// Every listing by its file name.
pub fn all() -> Result<Vec<(&'static str, String)>> {
    let house = assembled();
    Ok(vec![
        ("routes.md", routes(&house)),
        ("events.md", events(&house)),
        ("permissions.md", permissions(&house)),
        ("openapi.json", openapi()?),
        ("settings.toml", crate::settings::example()),
    ])
}

fn openapi() -> Result<String> {
    let document = rapport_web::openapi::document(&assembled(), VERSION);
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn access(access: Access) -> String {
    match access {
        Access::Public => "anyone".into(),
        Access::SignedIn => "signed in".into(),
        Access::Member => "member".into(),
        Access::Permission(permission) => permission.to_string(),
        Access::Guest => "guest".into(),
        Access::Provider => "provider's signature".into(),
    }
}

fn routes(house: &House) -> String {
    let mut text = String::from(
        "# Routes\n\nMade by `make docs`.\n\n| method | path | access | module |\n|---|---|---|---|\n",
    );
    for route in house.0.iter().flat_map(|module| module.routes.iter()) {
        let _ = writeln!(
            text,
            "| {} | `{}` | {} | {} |",
            route.method,
            route.path,
            access(route.access),
            route.module
        );
    }
    text
}

fn events(house: &House) -> String {
    let mut text = String::from(
        "# Events\n\nMade by `make docs`.\n\n| kind | label | seen with | audited | module |\n|---|---|---|---|---|\n",
    );
    for module in house.0.iter() {
        for event in &module.events {
            let audited = if event.audited { "yes" } else { "" };
            let _ = writeln!(
                text,
                "| `{}` | {} | `{}` | {audited} | {} |",
                event.kind, event.label, event.permission, module.name
            );
        }
    }
    text
}

fn permissions(house: &House) -> String {
    const ROLES: [&str; 5] = ["owner", "admin", "manager", "member", "viewer"];
    let mut text = String::from(
        "# Permissions\n\nMade by `make docs`.\n\n| permission | what it lets a person do | owner | admin | manager | member | viewer |\n|---|---|---|---|---|---|---|\n",
    );
    for info in house.permissions() {
        let held: String =
            ROLES.iter().map(|role| if info.roles.contains(role) { " yes |" } else { " |" }).collect();
        let _ = writeln!(text, "| `{}` | {} |{held}", info.permission, info.meaning);
    }
    text
}
