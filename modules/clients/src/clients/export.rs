//! The list of clients as CSV, streamed page by page.

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::Response,
};
use bytes::Bytes;
use futures::stream;
use rapport_base::{Result, text::as_cell};
use rapport_web::Cx;

use super::{
    Client,
    list::{self, ListQuery},
};
use crate::CLIENTS_REVENUE;

const HEAD: &str = "Name,Kind,Contact,E-mail,Phone,Industry,Size,Stage,Owner,Source,Website,Tax id,Tags,Currency,Health,Risk,\
                    Last activity,Added,Notes";

/// The clients of a filtered list.
///
/// # Errors
/// As the list.
pub async fn csv(cx: Cx, mut query: ListQuery) -> Result<Response> {
    let money = cx.may(CLIENTS_REVENUE);
    query.limit = Some(200);
    query.after = None;
    // The first page is read before anything is answered, so that a wrong filter is refused.
    let first = {
        let tx = cx.read().await?;
        list::list(&cx, &tx, &query).await?
    };
    let head = format!("\u{feff}{HEAD}{}\r\n", if money { ",Revenue (minor units)" } else { "" });
    let begin = State { cx, query, page: Some((head, first)), money };
    let body = stream::try_unfold(begin, |mut state| async move {
        let Some((mut text, page)) = state.page.take() else { return Ok::<_, std::io::Error>(None) };
        for client in &page.data {
            line(&mut text, client, state.money);
        }
        if let Some(next) = page.next {
            state.query.after = Some(next);
            let tx = state.cx.read().await.map_err(broken)?;
            let page = list::list(&state.cx, &tx, &state.query).await.map_err(broken)?;
            state.page = Some((String::new(), page));
        }
        Ok(Some((Bytes::from(text), state)))
    });
    let mut response = Response::new(Body::from_stream(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"clients.csv\""),
    );
    Ok(response)
}

struct State {
    cx: Cx,
    query: ListQuery,
    page: Option<(String, rapport_base::Page<Client>)>,
    money: bool,
}

fn broken(error: rapport_base::Error) -> std::io::Error {
    std::io::Error::other(error.to_string())
}

fn line(out: &mut String, c: &Client, money: bool) {
    let some = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut cells = vec![
        c.company_name.clone(),
        c.kind.clone(),
        some(&c.contact_name),
        some(&c.contact_email),
        some(&c.contact_phone),
        some(&c.industry),
        some(&c.size),
        c.relationship_stage.clone(),
        some(&c.owner_name),
        some(&c.source),
        some(&c.website),
        some(&c.tax_id),
        c.tags.join("; "),
        c.currency.map(|currency| currency.to_string()).unwrap_or_default(),
        c.health_score.map(|score| score.to_string()).unwrap_or_default(),
        some(&c.risk_level),
        c.last_activity_at.to_string(),
        c.created_at.to_string(),
        some(&c.notes),
    ];
    if money {
        cells.push(c.total_revenue_cents.unwrap_or_default().to_string());
    }
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
    out.push_str(&cells.join(","));
    out.push_str("\r\n");
}

/// A cell of a CSV file: quoted where needed, and never a formula.
pub fn cell(text: &str) -> String {
    let text = as_cell(text);
    if text.contains([',', '"', '\n', '\r', '\'']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn a_cell_is_never_a_formula_and_keeps_its_quotes() {
        for (text, written) in [
            ("Acme", "Acme"),
            ("=1+1", "\"'=1+1\""),
            ("+442071838750", "+442071838750"),
            ("-12", "-12"),
            ("@sum", "\"'@sum\""),
            ("a \"b\", c", "\"a \"\"b\"\", c\""),
        ] {
            assert_eq!(cell(text), written);
        }
    }
}
