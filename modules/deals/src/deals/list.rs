//! The list of deals: filters, order, pages.

use jiff::{Timestamp, civil::Date};
use rapport_base::{Cursor, Limit, MemberId, Page, Refusal, Result, Total, text};
use rapport_db::{Built, TenantTx};
use rapport_web::Cx;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use uuid::Uuid;

use super::{Deal, access, store::deal};
use crate::{ClientId, DEALS_VALUES, PipelineId, StageId, StageKind};

/// Which deals, in which order.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct ListQuery {
    /// Pipeline.
    #[param(value_type = Option<String>)]
    pub pipeline_id: Option<PipelineId>,
    /// Stage.
    #[param(value_type = Option<String>)]
    pub stage_id: Option<StageId>,
    /// `open`, `won` or `lost`.
    #[param(value_type = Option<String>)]
    pub kind: Option<StageKind>,
    /// Who has them.
    #[param(value_type = Option<String>)]
    pub assigned_to: Option<MemberId>,
    /// Client.
    #[param(value_type = Option<String>)]
    pub client_id: Option<ClientId>,
    /// Beginnings of words of titles, clients, tags and sources.
    pub search: Option<String>,
    /// Tags, all of which a deal must have; repeated or with commas.
    pub tags: Vec<String>,
    /// `created_at`, `value`, `title` or `expected_close_date`, downwards with a minus; `-created_at` unless said.
    pub sort: Option<String>,
    /// Rows on the page: 50, at most 200.
    pub limit: Option<u32>,
    /// Cursor of the next page.
    pub after: Option<String>,
    /// `exact` counts all, however many.
    pub total: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Created,
    Value,
    Title,
    Expected,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sort {
    key: Key,
    down: bool,
}

const NAMES: [(Key, &str, &str); 4] = [
    (Key::Created, "created_at", "-created_at"),
    (Key::Value, "value", "-value"),
    (Key::Title, "title", "-title"),
    (Key::Expected, "expected_close_date", "-expected_close_date"),
];

impl Sort {
    fn parse(typed: Option<&str>) -> Result<Self> {
        let typed = typed.unwrap_or("-created_at");
        let known = NAMES.iter().find_map(|(key, up, down)| match typed {
            typed if typed == *up => Some(Self { key: *key, down: false }),
            typed if typed == *down => Some(Self { key: *key, down: true }),
            _ => None,
        });
        known.ok_or_else(|| {
            let message = "Sort by created_at, value, title or expected_close_date, downwards with a minus.";
            Refusal::field("sort", "unknown", message).into()
        })
    }

    fn name(self) -> &'static str {
        let names = NAMES.iter().find(|(key, _, _)| *key == self.key);
        names.map_or("", |(_, up, down)| if self.down { down } else { up })
    }

    fn order(self) -> &'static str {
        match (self.key, self.down) {
            (Key::Created, false) => " order by d.created_at, d.id",
            (Key::Created, true) => " order by d.created_at desc, d.id desc",
            (Key::Value, false) => " order by d.value_cents, d.id",
            (Key::Value, true) => " order by d.value_cents desc, d.id desc",
            (Key::Title, false) => " order by d.title_sort, d.id",
            (Key::Title, true) => " order by d.title_sort desc, d.id desc",
            (Key::Expected, false) => " order by coalesce(d.expected_close_date, '9999-12-31'), d.id",
            (Key::Expected, true) => {
                " order by coalesce(d.expected_close_date, '9999-12-31') desc, d.id desc"
            }
        }
    }

    fn after(self, built: Built, mark: &Mark) -> Result<Built> {
        let wrong =
            || Refusal::field("after", "unknown_cursor", "This cursor belongs to another list or order.");
        if mark.sort != self.name() {
            return Err(wrong().into());
        }
        let piece = match (self.key, self.down) {
            (Key::Created, false) => " and (d.created_at, d.id) > (",
            (Key::Created, true) => " and (d.created_at, d.id) < (",
            (Key::Value, false) => " and (d.value_cents, d.id) > (",
            (Key::Value, true) => " and (d.value_cents, d.id) < (",
            (Key::Title, false) => " and (d.title_sort, d.id) > (",
            (Key::Title, true) => " and (d.title_sort, d.id) < (",
            (Key::Expected, false) => " and (coalesce(d.expected_close_date, '9999-12-31'), d.id) > (",
            (Key::Expected, true) => " and (coalesce(d.expected_close_date, '9999-12-31'), d.id) < (",
        };
        let built = built.sql(piece);
        let built = match self.key {
            Key::Created => built.bind(mark.value.parse::<Timestamp>().map_err(|_| wrong())?),
            Key::Value => built.bind(mark.value.parse::<i64>().map_err(|_| wrong())?),
            Key::Title => built.bind(mark.value.clone()),
            Key::Expected => built.bind(mark.value.parse::<Date>().map_err(|_| wrong())?),
        };
        Ok(built.sql(", ").bind(mark.id).sql(")"))
    }

    fn mark(self, row: &Deal) -> Cursor {
        let value = match self.key {
            Key::Created => row.created_at.to_string(),
            Key::Value => row.value_cents.unwrap_or_default().to_string(),
            Key::Title => text::fold(&row.title),
            Key::Expected => row.expected_close_date.map_or("9999-12-31".into(), |date| date.to_string()),
        };
        Cursor::pack(&Mark { sort: self.name().into(), value, id: row.id.uuid() })
    }
}

#[derive(Serialize, Deserialize)]
struct Mark {
    sort: String,
    value: String,
    id: Uuid,
}

fn filtered(query: &ListQuery, only: Option<MemberId>, mut built: Built) -> Built {
    for word in query.search.as_deref().map(words).unwrap_or_default() {
        built = built
            .sql(" and d.id in (select t.deal_id from deals.search_terms t where t.workspace_id = $1 and t.term < ")
            .bind(text::prefix_end(&word))
            .sql(" and t.term >= ")
            .bind(word)
            .sql(")");
    }
    for tag in query.tags.iter().flat_map(|t| t.split(',')).filter_map(text::clean_line) {
        built = built
            .sql(" and exists (select 1 from deals.deal_tags g where g.workspace_id = $1 and g.deal_id = d.id and g.tag_folded = ")
            .bind(text::fold(&tag))
            .sql(")");
    }
    if let Some(id) = query.pipeline_id {
        built = built.sql(" and d.pipeline_id = ").bind(id);
    }
    if let Some(id) = query.stage_id {
        built = built.sql(" and d.stage_id = ").bind(id);
    }
    if let Some(kind) = query.kind {
        built = built.sql(" and s.kind = ").bind(kind.as_str());
    }
    if let Some(id) = query.assigned_to {
        built = built.sql(" and d.assigned_to = ").bind(id);
    }
    if let Some(id) = query.client_id {
        built = built.sql(" and d.client_id = ").bind(id);
    }
    if let Some(member) = only {
        built = built.sql(" and d.assigned_to = ").bind(member);
    }
    built
}

/// What was typed into a search box, as beginnings of words.
#[must_use]
pub fn words(typed: &str) -> Vec<String> {
    text::terms([typed], 8)
}

/// The deals the member may see.
///
/// # Errors
/// Invalid sort, limit or cursor; forbidden order by value.
pub async fn list(cx: &Cx, tx: &TenantTx, query: &ListQuery) -> Result<Page<Deal>> {
    let sort = Sort::parse(query.sort.as_deref())?;
    if sort.key == Key::Value {
        cx.require(DEALS_VALUES)?;
    }
    let limit = Limit::try_new(query.limit)?;
    let mark: Option<Mark> = query.after.as_deref().map(Cursor::unpack).transpose()?;
    let only = access::only(cx);
    // The workspace is bound first, so that the constants may call it $1.
    let rows = Built::new(deal!("d.workspace_id = ")).bind(tx.workspace()).sql(" and d.deleted_at is null");
    let rows = filtered(query, only, rows);
    let rows = match &mark {
        Some(mark) => sort.after(rows, mark)?,
        None => rows,
    };
    let rows = rows.sql(sort.order()).limit(limit);
    let exact = query.total.as_deref() == Some("exact");
    let count = Built::new(
        "select count(*) from (select 1 from deals.deals d
           join deals.stages s on s.workspace_id = d.workspace_id and s.id = d.stage_id
           join clients.v_clients c on c.workspace_id = d.workspace_id and c.id = d.client_id and c.deleted_at is null
           where d.workspace_id = ",
    )
    .bind(tx.workspace())
    .sql(" and d.deleted_at is null");
    let count =
        filtered(query, only, count).sql(if exact { " ) as counted" } else { " limit 1001) as counted" });
    let (rows, counted) = futures::join!(tx.query_built::<Deal>(&rows), tx.query_built::<(i64,)>(&count));
    let counted = counted?.first().map_or(0, |(count,)| *count);
    let total = if exact { Total::exact(counted) } else { Total::capped(counted) };
    Ok(Page::cut(rows?, limit, total, |row| sort.mark(row)).map(|row| access::shown(cx, row)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_one_of_a_list_and_never_text_for_the_database() {
        for (key, up, down) in NAMES {
            assert_eq!(Sort::parse(Some(up)).unwrap(), Sort { key, down: false });
            assert_eq!(Sort::parse(Some(down)).unwrap().name(), down);
        }
        assert!(Sort::parse(Some("id; drop table deals")).is_err());
        assert_eq!(Sort::parse(None).unwrap().name(), "-created_at");
    }
}
