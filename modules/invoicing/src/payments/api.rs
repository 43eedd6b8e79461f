//! Payments over the API.

use axum::response::Response;
use rapport_base::{Page, Result};
use rapport_web::{Cx, Json, Query, created};

use super::{NewPayment, NewRefund, Payment, PaymentQuery, PaymentShown, actions, refund, store};

/// GET /api/payments
pub(crate) async fn index(cx: Cx, Query(query): Query<PaymentQuery>) -> Result<axum::Json<Page<Payment>>> {
    let tx = cx.read().await?;
    Ok(axum::Json(store::list(&tx, &query).await?))
}

/// POST /api/payments
pub(crate) async fn create(cx: Cx, Json(input): Json<NewPayment>) -> Result<Response> {
    let payment = actions::record_over(&cx, input).await?;
    Ok(created(&format!("/api/payments/{}", payment.payment.id), &payment))
}

/// GET /api/payments/{id}
pub(crate) async fn show(cx: Cx) -> Result<axum::Json<PaymentShown>> {
    let tx = cx.read().await?;
    Ok(axum::Json(actions::shown(&tx, cx.id("id")?).await?))
}

/// POST /api/payments/{id}/refund
pub(crate) async fn refund(cx: Cx, Json(input): Json<NewRefund>) -> Result<axum::Json<PaymentShown>> {
    Ok(axum::Json(refund::refund(&cx, cx.id("id")?, input).await?))
}
