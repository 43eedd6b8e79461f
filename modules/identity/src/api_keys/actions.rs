//! Making and ending keys for programs.

use garde::Validate;
use jiff::Timestamp;
use rapport_base::{FieldError, Refusal, Result, Token, text};
use rapport_web::Cx;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ApiKey, ApiKeyId, BEGINNING, rules, store};
use crate::events::{ApiKeyCreated, ApiKeyRevoked};

const MOST: i64 = 100;

/// A key to be made.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiKey {
    /// What it is for.
    #[garde(length(chars, max = 100))]
    pub name: String,
    /// What it may do: some of what its maker may.
    #[garde(length(max = 200))]
    pub permissions: Vec<String>,
    /// When it ends by itself.
    #[serde(default)]
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = "date-time")]
    pub expires_at: Option<Timestamp>,
    /// Addresses and networks (`192.0.2.0/24`) it may be used from; anywhere when left out.
    #[serde(default)]
    #[garde(length(max = 50))]
    pub allowed_ips: Vec<String>,
}

/// Makes a key; the second value is the key itself, for this one time.
pub(crate) async fn create(cx: &Cx, new: NewApiKey) -> Result<(ApiKey, String)> {
    rapport_web::validate(&new)?;
    let now = cx.now();
    let mut errors = Vec::new();
    let name = text::clean_line(&new.name);
    if name.is_none() {
        errors.push(FieldError::new("name", "required", "Write what the key is for."));
    }
    let mut permissions = new.permissions;
    permissions.sort();
    permissions.dedup();
    if permissions.is_empty() {
        errors.push(FieldError::new("permissions", "required", "Choose what the key may do."));
    }
    let held: Vec<&str> = cx.member.permissions.names().collect();
    for unknown in permissions.iter().filter(|name| !held.contains(&name.as_str())) {
        errors.push(FieldError::new(
            "permissions",
            "not_held",
            format!("You do not hold the permission {unknown}."),
        ));
    }
    if new.expires_at.is_some_and(|at| at <= now) {
        errors.push(FieldError::new("expires_at", "past", "Choose a moment that is still to come."));
    }
    let mut allowed_ips = Vec::new();
    for line in new.allowed_ips.iter().filter(|line| !line.trim().is_empty()) {
        match rules::network(line) {
            Some(net) => allowed_ips.push(net.to_string()),
            None => errors.push(FieldError::new(
                "allowed_ips",
                "invalid",
                format!("{line} is no address or network."),
            )),
        }
    }
    let Some(name) = name.filter(|_| errors.is_empty()) else { return Err(Refusal::invalid(errors).into()) };

    let secret = format!("{BEGINNING}{}", Token::new().expose());
    let key = ApiKey {
        id: ApiKeyId::from(Uuid::now_v7()),
        name,
        prefix: secret.chars().take(BEGINNING.len() + 6).collect(),
        permissions,
        allowed_ips,
        member_id: cx.member.id,
        member_name: cx.user().name.clone(),
        expires_at: new.expires_at,
        last_used_at: None,
        last_used_ip: None,
        created_at: now,
    };
    let tx = cx.begin().await?;
    if store::count(&tx).await? >= MOST {
        return Err(Refusal::conflict(
            "api_keys.too_many",
            "A workspace has at most 100 keys. End one that is not used.",
        )
        .into());
    }
    store::insert(&tx, &key, &Token::hash_of(&secret), cx.member.id).await?;
    let (api_key_id, name, permissions) = (key.id.uuid(), key.name.clone(), key.permissions.clone());
    tx.publish(&ApiKeyCreated { api_key_id, name, permissions });
    tx.commit().await?;
    Ok((key, secret))
}

/// Ends a key; it stops working with the next request.
pub(crate) async fn revoke(cx: &Cx, id: ApiKeyId) -> Result<ApiKey> {
    let tx = cx.begin().await?;
    let key = store::lock(&tx, id).await?;
    store::revoke(&tx, id).await?;
    tx.publish(&ApiKeyRevoked { api_key_id: id.uuid(), name: key.name.clone() });
    tx.commit().await?;
    Ok(key)
}
