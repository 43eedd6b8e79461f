//! How a portal looks before anybody came in: its colour and logo, by its id.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use rapport_base::{Refusal, Result};
use rapport_db::Origin;
use rapport_web::Visitor;

use super::store;

/// GET /portal/{portal_id}/brand.css
pub async fn brand(visitor: Visitor) -> Result<Response> {
    let look = find(&visitor).await?;
    let mut response = rapport_ui::brand::css(&look.color).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=60"));
    Ok(response)
}

/// GET /portal/{portal_id}/logo
pub async fn logo(visitor: Visitor) -> Result<Response> {
    let look = find(&visitor).await?;
    if let Some(file) = look.logo_file_id {
        let tx = visitor.app.db.system().await?.enter(look.workspace_id, Origin::system()).await?;
        return files::picture(&visitor.app, &tx, file.into()).await;
    }
    let (Some(key), Some(content)) = (&look.logo_key, &look.logo_content_type) else {
        return Err(Refusal::not_found().into());
    };
    files::serve_picture(&visitor.app, key, content).await
}

async fn find(visitor: &Visitor) -> Result<store::Look> {
    let portal = visitor.id("portal_id")?;
    let look = store::look(&visitor.app.db.system().await?, portal).await?;
    look.ok_or_else(|| Refusal::not_found().into())
}
