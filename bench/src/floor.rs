//! The floor: the main statement of a scenario, sent bare through the same driver,
//! without the wall, without HTTP.

use std::time::{Duration, Instant};

use anyhow::Result;
use rand::Rng;
use tokio_postgres::{NoTls, types::ToSql};
use uuid::Uuid;

use crate::{seed::Seeded, server::Signed};

const GET: &str = "select id, company_name, industry, relationship_stage, owner_id, currency, total_revenue_cents, health_score,
    risk_level, last_activity_at, created_at, updated_at, version
  from clients.clients where workspace_id = $1 and id = $2 and deleted_at is null";
const LIST: &str = "select id, company_name, industry, relationship_stage, owner_id, currency, total_revenue_cents, health_score,
    risk_level, last_activity_at, created_at, updated_at, version
  from clients.clients where workspace_id = $1 and deleted_at is null order by name_sort, id limit 51";
const COUNT: &str = "select count(*) from (select 1 from clients.clients where workspace_id = $1 and deleted_at is null limit 1001) as few";
const SEARCH: &str = "select c.id, c.company_name, c.relationship_stage, c.total_revenue_cents
  from clients.clients c
  where c.workspace_id = $1 and c.deleted_at is null
    and c.id in (select t.client_id from clients.search_terms t
      where t.workspace_id = $1 and t.term >= $2 and t.term < $2 || chr(1114111))
  order by c.name_sort, c.id limit 51";
const BOARD: &str =
    "select d.id, d.title, d.stage_id, d.board_rank, d.value_cents, d.probability, c.company_name
  from deals.deals d join clients.clients c on c.workspace_id = d.workspace_id and c.id = d.client_id
  where d.workspace_id = $1 and d.deleted_at is null order by d.stage_id, d.board_rank, d.id limit 500";
const TIMELINE: &str = "select id, kind, subject_kind, subject_id, actor_name, payload, at
  from spine.events where workspace_id = $1 and client_id = $2 order by at desc, id desc limit 51";

/// Rounds of the scenario's statements in a second; `None` where a bare copy would not be honest: writes, and
/// pages made of several statements of which none is the main one.
pub async fn run(
    url: &str,
    signed: &Signed,
    seeded: &Seeded,
    scenario: &str,
    connections: usize,
    seconds: u64,
) -> Result<Option<f64>> {
    let statements: &[&str] = match scenario {
        "get client" => &[GET],
        "list clients" => &[LIST, COUNT],
        "search clients" => &[SEARCH],
        "board page" => &[BOARD],
        "client page" => &[GET, TIMELINE],
        _ => return Ok(None),
    };
    let began = Instant::now();
    let workers = (0..connections)
        .map(|_| worker(url, signed.workspace, seeded, statements, Duration::from_secs(seconds)));
    let rounds: u64 = futures::future::try_join_all(workers).await?.into_iter().sum();
    Ok(Some(rounds as f64 / began.elapsed().as_secs_f64()))
}

async fn worker(
    url: &str,
    workspace: Uuid,
    seeded: &Seeded,
    statements: &[&str],
    time: Duration,
) -> Result<u64> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    // The same role as the program's: its policies need the setting to be there.
    client.batch_execute(&format!("set app.workspace_id = '{workspace}'")).await?;
    let mut prepared = Vec::new();
    for sql in statements {
        prepared.push(client.prepare(sql).await?);
    }
    let until = Instant::now() + time;
    let mut rounds = 0;
    while Instant::now() < until {
        let one = seeded.clients[rand::rng().random_range(0..seeded.clients.len())];
        let word = seeded.words[rand::rng().random_range(0..seeded.words.len())];
        let asked = prepared.iter().map(|statement| {
            let client = &client;
            let one = &one;
            let word = &word;
            let workspace = &workspace;
            async move {
                let second: Option<&(dyn ToSql + Sync)> = match statement.params().get(1).map(|ty| ty.name())
                {
                    Some("uuid") => Some(one),
                    Some(_) => Some(word),
                    None => None,
                };
                let mut values: Vec<&(dyn ToSql + Sync)> = vec![workspace];
                values.extend(second);
                client.query(statement, &values).await
            }
        });
        futures::future::try_join_all(asked).await?;
        rounds += 1;
    }
    Ok(rounds)
}
