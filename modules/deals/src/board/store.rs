//! All SQL of the board.

use jiff::Timestamp;
use rapport_base::{Currency, MemberId, Result};
use rapport_db::{Params, TenantTx};

use crate::{
    ClientId, Deal, PipelineId, StageId,
    deals::store::{Seen, deal},
};

/// Cards shown in a column.
pub const CARDS: i64 = 60;

/// The pipeline of the board, as `actions::chosen` has it: the wished one ($2), else the default, else the first.
macro_rules! pipeline {
    () => {
        "(select p.id from deals.pipelines p where p.workspace_id = $1 and p.archived_at is null
          order by p.id = $2 desc, p.is_default desc, p.position, p.id limit 1)"
    };
}

/// Which deals: of those assigned to ($3, and $6 where only one's own are seen), for a client ($4), with words ($5).
macro_rules! seen {
    () => {
        " and d.deleted_at is null and ($3::uuid is null or d.assigned_to = $3) and ($4::uuid is null or d.client_id = $4)
    and ($6::uuid is null or d.assigned_to = $6)
    and (cardinality($5::text[]) = 0 or (select count(*) from unnest($5::text[]) as w(word)
      where exists (select 1 from deals.search_terms t
        where t.workspace_id = $1 and t.deal_id = d.id and t.term ^@ w.word)) = cardinality($5::text[])) "
    };
}

// An array, not `in (select …)`: the cards of a column are found first, by its order, and everything
// that belongs to a card is looked up for these alone.
const OPEN: &str = concat!(
    deal!(
        "d.id = any(array(select x.id from deals.stages y cross join lateral (select d.id from deals.deals d
      join clients.v_clients c on c.workspace_id = $1 and c.id = d.client_id and c.deleted_at is null
      where d.workspace_id = $1 and d.stage_id = y.id"
    ),
    seen!(),
    "order by d.board_rank, d.id limit $7) x
    where y.workspace_id = $1 and y.kind = 'open' and y.archived_at is null and y.pipeline_id = ",
    pipeline!(),
    ")) order by d.stage_id, d.board_rank, d.id"
);
const CLOSED: &str = concat!(
    deal!("d.pipeline_id = "),
    pipeline!(),
    " and d.closed_at >= $8",
    seen!(),
    "order by d.closed_at desc, d.id desc limit $7"
);
const SUMS: &str = concat!(
    "select d.stage_id, d.currency, count(*) as count, sum(d.value_cents)::bigint as value_cents,
    (sum(d.value_cents * coalesce(d.probability, s.probability)) / 100)::bigint as weighted_cents
  from deals.deals d
  join deals.stages s on s.workspace_id = $1 and s.id = d.stage_id
  join clients.v_clients c on c.workspace_id = $1 and c.id = d.client_id and c.deleted_at is null
  where d.workspace_id = $1 and (s.kind = 'open' or d.closed_at >= $7) and d.pipeline_id = ",
    pipeline!(),
    seen!(),
    "group by d.stage_id, d.currency order by d.stage_id, 4 desc"
);

rapport_db::row! {
    /// What lies in a column, in one currency.
    #[derive(Clone, Debug)]
    pub struct Sum {
        pub stage_id: StageId,
        pub currency: Currency,
        pub count: i64,
        pub value_cents: i64,
        pub weighted_cents: i64,
    }
}

/// The cards of the wished pipeline, or the one `actions::chosen` takes for it: open ones in the order of their columns, closed ones since a day, newest first.
pub async fn cards(
    tx: &TenantTx,
    wished: Option<PipelineId>,
    seen: &Seen,
    only: Option<MemberId>,
    since: Timestamp,
) -> Result<(Vec<Deal>, Vec<Sum>)> {
    let workspace = tx.workspace();
    let (assigned, client): (Option<MemberId>, Option<ClientId>) = (seen.assigned_to, seen.client);
    let open: Params = &[&workspace, &wished, &assigned, &client, &seen.words, &only, &CARDS];
    let closed: Params = &[&workspace, &wished, &assigned, &client, &seen.words, &only, &CARDS, &since];
    let sums: Params = &[&workspace, &wished, &assigned, &client, &seen.words, &only, &since];
    let (open, closed, sums) = futures::join!(
        tx.query::<Deal>(OPEN, open),
        tx.query::<Deal>(CLOSED, closed),
        tx.query::<Sum>(SUMS, sums)
    );
    let mut cards = open?;
    cards.extend(closed?);
    Ok((cards, sums?))
}
