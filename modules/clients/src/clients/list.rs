//! The list of clients: filters, order, pages.

use jiff::Timestamp;
use rapport_base::{Cursor, Limit, MemberId, Page, Refusal, Result, Total, text};
use rapport_db::{Built, TenantTx};
use rapport_web::Cx;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use uuid::Uuid;

use super::{Client, Stage, access, search, store::client};
use crate::{CLIENTS_REVENUE, Reach};

/// As many as a client can have.
const MOST_TAGS: usize = 30;

/// Which clients, in which order.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct ListQuery {
    /// Beginnings of words of names, contacts, addresses, phone numbers, tags and notes; forgives typos.
    pub search: Option<String>,
    /// Tags, all of which a client must have; repeated or with commas.
    pub tags: Vec<String>,
    /// Industry.
    pub industry: Option<String>,
    /// Where the relationship stands.
    #[param(value_type = Option<String>)]
    pub relationship_stage: Option<Stage>,
    /// Who looks after them.
    #[param(value_type = Option<String>)]
    pub owner_id: Option<MemberId>,
    /// `company_name` (default), `revenue`, `activity`, `created_at`; with `-` downwards.
    pub sort: Option<String>,
    /// Rows on the page: 50, at most 200.
    pub limit: Option<u32>,
    /// Cursor of the next page.
    pub after: Option<String>,
    /// `exact` counts all, however many.
    pub total: Option<String>,
}

/// An order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Name,
    Revenue,
    Activity,
    Created,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sort {
    key: Key,
    down: bool,
}

impl Sort {
    fn parse(text: Option<&str>) -> Result<Self> {
        let text = text.unwrap_or("company_name");
        let down = text.starts_with('-');
        let key = match text.trim_start_matches('-') {
            "company_name" => Key::Name,
            "revenue" => Key::Revenue,
            "activity" => Key::Activity,
            "created_at" => Key::Created,
            _ => {
                let message =
                    "Sort by company_name, revenue, activity or created_at, downwards with a minus.";
                return Err(Refusal::field("sort", "unknown", message).into());
            }
        };
        Ok(Self { key, down })
    }

    fn order(self) -> &'static str {
        match (self.key, self.down) {
            (Key::Name, false) => " order by c.name_sort, c.id",
            (Key::Name, true) => " order by c.name_sort desc, c.id desc",
            (Key::Revenue, false) => " order by c.total_revenue_cents, c.id",
            (Key::Revenue, true) => " order by c.total_revenue_cents desc, c.id desc",
            (Key::Activity, false) => " order by c.last_activity_at, c.id",
            (Key::Activity, true) => " order by c.last_activity_at desc, c.id desc",
            (Key::Created, false) => " order by c.created_at, c.id",
            (Key::Created, true) => " order by c.created_at desc, c.id desc",
        }
    }

    /// The condition that begins after a row.
    fn after(self, built: Built, mark: &Mark) -> Result<Built> {
        let wrong =
            || Refusal::field("after", "unknown_cursor", "This cursor belongs to another list or order.");
        if mark.sort != self.name() {
            return Err(wrong().into());
        }
        let piece = match (self.key, self.down) {
            (Key::Name, false) => " and (c.name_sort, c.id) > (",
            (Key::Name, true) => " and (c.name_sort, c.id) < (",
            (Key::Revenue, false) => " and (c.total_revenue_cents, c.id) > (",
            (Key::Revenue, true) => " and (c.total_revenue_cents, c.id) < (",
            (Key::Activity, false) => " and (c.last_activity_at, c.id) > (",
            (Key::Activity, true) => " and (c.last_activity_at, c.id) < (",
            (Key::Created, false) => " and (c.created_at, c.id) > (",
            (Key::Created, true) => " and (c.created_at, c.id) < (",
        };
        let built = built.sql(piece);
        let built = match self.key {
            Key::Name => built.bind(mark.value.clone()),
            Key::Revenue => built.bind(mark.value.parse::<i64>().map_err(|_| wrong())?),
            Key::Activity | Key::Created => built.bind(mark.value.parse::<Timestamp>().map_err(|_| wrong())?),
        };
        Ok(built.sql(", ").bind(mark.id).sql(")"))
    }

    fn mark(self, row: &Client, fuzzy: bool) -> Cursor {
        let value = match self.key {
            Key::Name => text::fold(&row.company_name),
            Key::Revenue => row.total_revenue_cents.unwrap_or_default().to_string(),
            Key::Activity => row.last_activity_at.to_string(),
            Key::Created => row.created_at.to_string(),
        };
        Cursor::pack(&Mark { sort: self.name().into(), value, id: row.id.uuid(), fuzzy })
    }

    fn name(self) -> &'static str {
        match (self.key, self.down) {
            (Key::Name, false) => "company_name",
            (Key::Name, true) => "-company_name",
            (Key::Revenue, false) => "revenue",
            (Key::Revenue, true) => "-revenue",
            (Key::Activity, false) => "activity",
            (Key::Activity, true) => "-activity",
            (Key::Created, false) => "created_at",
            (Key::Created, true) => "-created_at",
        }
    }
}

/// The last row of a page.
#[derive(Serialize, Deserialize)]
struct Mark {
    sort: String,
    value: String,
    id: Uuid,
    fuzzy: bool,
}

struct Filter {
    words: Vec<String>,
    fuzzy: bool,
    tags: Vec<String>,
    industry: Option<String>,
    stage: Option<Stage>,
    owner: Option<MemberId>,
    only: Option<(MemberId, Reach)>,
}

impl Filter {
    fn apply(&self, mut built: Built) -> Built {
        for word in &self.words {
            // Words of one or two letters have too few trigrams to be mistyped.
            built = if self.fuzzy && word.chars().count() > 2 {
                built
                    .sql(" and c.id in (select s.client_id from clients.similar_terms s where s.workspace_id = $1 and s.term % ")
                    .bind(word.clone())
                    .sql(")")
            } else {
                built
                    .sql(" and c.id in (select t.client_id from clients.search_terms t where t.workspace_id = $1 and t.term >= ")
                    .bind(word.clone())
                    .sql(" and t.term < ")
                    .bind(text::prefix_end(word))
                    .sql(")")
            };
        }
        for tag in &self.tags {
            built = built
                .sql(" and exists (select 1 from clients.client_tags g where g.workspace_id = $1 and g.client_id = c.id and g.tag_folded = ")
                .bind(tag.clone())
                .sql(")");
        }
        if let Some(industry) = &self.industry {
            built = built.sql(" and c.industry = ").bind(industry.clone());
        }
        if let Some(stage) = self.stage {
            built = built.sql(" and c.relationship_stage = ").bind(stage.as_str());
        }
        if let Some(owner) = self.owner {
            built = built.sql(" and c.owner_id = ").bind(owner);
        }
        if let Some((member, reach)) = &self.only {
            built = built
                .sql(" and (c.owner_id = ")
                .bind(*member)
                .sql(" or c.id = any(")
                .bind(reach.clients.clone())
                .sql("))");
        }
        built
    }
}

/// The clients the member may see.
///
/// # Errors
/// Invalid sort, limit or cursor; forbidden order by revenue.
pub async fn list(cx: &Cx, tx: &TenantTx, query: &ListQuery) -> Result<Page<Client>> {
    let sort = Sort::parse(query.sort.as_deref())?;
    if sort.key == Key::Revenue {
        cx.require(CLIENTS_REVENUE)?;
    }
    let limit = Limit::try_new(query.limit)?;
    let mark: Option<Mark> = query.after.as_deref().map(Cursor::unpack).transpose()?;
    let tags: Vec<String> = query
        .tags
        .iter()
        .flat_map(|t| t.split(','))
        .filter_map(text::clean_line)
        .map(|t| text::fold(&t))
        .collect();
    if tags.len() > MOST_TAGS {
        return Err(Refusal::field("tags", "too_many", "Ask for at most 30 tags.").into());
    }
    let mut filter = Filter {
        words: query.search.as_deref().map(search::typed).unwrap_or_default(),
        fuzzy: mark.as_ref().is_some_and(|mark| mark.fuzzy),
        tags,
        industry: query.industry.as_deref().and_then(text::clean_line),
        stage: query.relationship_stage,
        owner: query.owner_id,
        only: access::reach(cx, tx).await?.map(|reach| (cx.member.id, reach)),
    };
    let exact = query.total.as_deref() == Some("exact");
    let (mut rows, mut total) = fetch(tx, &filter, sort, limit, mark.as_ref(), exact).await?;
    if rows.is_empty() && mark.is_none() && filter.words.iter().any(|word| word.chars().count() > 2) {
        filter.fuzzy = true;
        (rows, total) = fetch(tx, &filter, sort, limit, None, exact).await?;
    }
    let page = Page::cut(rows, limit, total, |row| sort.mark(row, filter.fuzzy));
    Ok(page.map(|row| access::shown(cx, row)))
}

async fn fetch(
    tx: &TenantTx,
    filter: &Filter,
    sort: Sort,
    limit: Limit,
    mark: Option<&Mark>,
    exact: bool,
) -> Result<(Vec<Client>, Total)> {
    // The page is cut before anything is joined to it: a search may match thousands. An array, not
    // `in (select …)`: what belongs to a client is then looked up for these alone.
    // The workspace is bound first, so that the constants may call it $1.
    let page =
        Built::new(client!("c.id = any(array(select c.id from clients.clients c where c.workspace_id = "))
            .bind(tx.workspace())
            .sql(" and c.deleted_at is null");
    let page = filter.apply(page);
    let page = match mark {
        Some(mark) => sort.after(page, mark)?,
        None => page,
    };
    let rows = page.sql(sort.order()).limit(limit).sql("))").sql(sort.order());
    let count = Built::new("select count(*) from (select 1 from clients.clients c where c.workspace_id = ")
        .bind(tx.workspace())
        .sql(" and c.deleted_at is null");
    let count = filter.apply(count).sql(if exact { " ) as counted" } else { " limit 1001) as counted" });
    let (rows, counted) = futures::join!(tx.query_built::<Client>(&rows), tx.query_built::<(i64,)>(&count));
    let counted = counted?.first().map_or(0, |(count,)| *count);
    Ok((rows?, if exact { Total::exact(counted) } else { Total::capped(counted) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_one_of_a_list_and_never_text_for_the_database() {
        assert_eq!(Sort::parse(None).unwrap(), Sort { key: Key::Name, down: false });
        assert_eq!(Sort::parse(Some("-revenue")).unwrap(), Sort { key: Key::Revenue, down: true });
        assert!(Sort::parse(Some("id; drop table clients")).is_err());
        for name in [
            "company_name",
            "-company_name",
            "revenue",
            "-revenue",
            "activity",
            "-activity",
            "created_at",
            "-created_at",
        ] {
            assert_eq!(Sort::parse(Some(name)).unwrap().name(), name);
        }
    }
}
