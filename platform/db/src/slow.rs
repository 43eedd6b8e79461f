//! Statements that take long are told of: their text, which holds no values, and how long they took.

use std::time::{Duration, Instant};

use tracing::Instrument;

/// Characters of a statement that are told.
const MOST: usize = 1_000;

/// Runs a statement, as a span of the trace it belongs to, and tells when it took that long.
pub(crate) async fn watched<T>(sql: &str, limit: Duration, work: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let span =
        tracing::debug_span!("sql", otel.kind = "client", db.system.name = "postgresql", db.query.text = sql);
    let done = work.instrument(span).await;
    let taken = begun.elapsed();
    if taken >= limit {
        metrics::counter!("db_slow_statements_total").increment(1);
        tracing::warn!(ms = taken.as_millis() as u64, sql = shortened(sql), "slow statement");
    }
    done
}

/// On one line, and not endless.
fn shortened(sql: &str) -> String {
    let mut line = String::new();
    for word in sql.split_whitespace() {
        if line.len() + word.len() > MOST {
            line.push_str(" …");
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_told_on_one_line_and_cut_where_it_is_endless() {
        assert_eq!(shortened("select 1\n   from  t\twhere x = $1"), "select 1 from t where x = $1");
        let endless = "word ".repeat(1_000);
        assert!(shortened(&endless).len() < MOST + 10 && shortened(&endless).ends_with('…'));
    }
}
