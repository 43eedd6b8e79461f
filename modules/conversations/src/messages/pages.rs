//! Writing messages in the browser.

use axum::response::Response;
use files::Limits;
use rapport_base::Result;
use rapport_ui::Toast;
use rapport_web::{Cx, Form, Upload, redirect, redirect_with, rejected};

use super::{MessageId, NewMessage, actions};
use crate::{access, threads};

/// POST /app/{workspace}/inbox/{id}
pub async fn post(cx: Cx, mut upload: Upload) -> Result<Response> {
    match write(&cx, &mut upload).await {
        Ok(()) => Ok(redirect(&cx.path(&format!("inbox/{}", cx.param("id"))))),
        Err(error) => {
            let form = upload.form().rejected(error)?;
            rejected(
                &threads::pages::inbox(
                    &cx,
                    &threads::api::ListQuery::default(),
                    Some(cx.id("id")?),
                    form,
                    None,
                )
                .await?,
            )
        }
    }
}

async fn write(cx: &Cx, upload: &mut Upload) -> Result<()> {
    let mut attachments = Vec::new();
    while let Some(field) = upload.next_file().await? {
        attachments.push(files::receive(&cx.app, cx.workspace_id(), field, Limits::default()).await?);
    }
    let form = upload.form();
    let reader = form.reader();
    let tx = cx.begin().await?;
    let thread = access::seen(cx, &tx, cx.id("id")?).await?;
    let message = NewMessage {
        conversation: thread.id,
        body: reader.text("content"),
        is_internal: reader.checked("is_internal"),
        attachments,
    };
    actions::post_in(&tx, message).await?;
    tx.commit().await
}

/// POST /app/{workspace}/inbox/{id}/messages/{message_id}
pub async fn edit(cx: Cx, form: Form) -> Result<Response> {
    let id: MessageId = cx.id("message_id")?;
    let back = cx.path(&format!("inbox/{}", cx.param("id")));
    let tx = cx.begin().await?;
    match actions::edit_in(&tx, id, form.value("content")).await {
        Ok(_) => {
            tx.commit().await?;
            Ok(redirect_with(&back, Toast::success("Message changed.")))
        }
        Err(error) => match error.refusal() {
            Some(refusal) if refusal.kind != rapport_base::Kind::NotFound => {
                Ok(redirect_with(&back, Toast::error(&refusal.message)))
            }
            _ => Err(error),
        },
    }
}
