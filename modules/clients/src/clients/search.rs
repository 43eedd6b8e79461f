//! The words a client is found by.

use rapport_base::{Phone, Result, text};
use rapport_db::TenantTx;

use super::ClientId;

/// Whether a client (`c`) has all of the words of `$2`, each as the beginning of one of its own.
macro_rules! has_words {
    () => {
        "c.id in (select t.client_id from unnest($2::text[]) as w(word)
      join clients.search_terms t on t.workspace_id = $1 and t.term >= w.word and t.term < w.word || chr(1114111)
      group by t.client_id having count(distinct w.word) = cardinality($2::text[]))"
    };
}
pub(crate) use has_words;

const TEXTS: &str = "select c.company_name, c.notes, c.website,
    coalesce((select array_agg(t.tag) from clients.client_tags t where t.workspace_id = $1 and t.client_id = c.id), '{}') as tags,
    coalesce((select array_agg(p.name) from clients.contacts p
      where p.workspace_id = $1 and p.client_id = c.id and p.deleted_at is null), '{}') as names,
    coalesce((select array_agg(p.email) from clients.contacts p
      where p.workspace_id = $1 and p.client_id = c.id and p.deleted_at is null and p.email is not null), '{}') as emails,
    coalesce((select array_agg(p.phone) from clients.contacts p
      where p.workspace_id = $1 and p.client_id = c.id and p.deleted_at is null and p.phone is not null), '{}') as phones
  from clients.clients c where c.workspace_id = $1 and c.id = $2";

const FORGET: &str =
    "delete from clients.search_terms where workspace_id = $1 and client_id = $2 and term <> all($3)";

const LEARN: &str = "insert into clients.search_terms (workspace_id, client_id, term)
  select $1, $2, term from unnest($3::text[]) as term on conflict do nothing";

/// Terms kept of one client.
const LIMIT: usize = 400;

rapport_db::row! {
    /// All texts of a client that can be searched.
    #[derive(Debug, Default)]
    pub struct Texts {
        pub company_name: String,
        pub notes: Option<String>,
        pub website: Option<String>,
        pub tags: Vec<String>,
        pub names: Vec<String>,
        pub emails: Vec<String>,
        pub phones: Vec<String>,
    }
}

/// The terms of some texts: words of names, tags and notes, whole addresses and their parts,
/// phone numbers as people may type them.
pub fn terms(texts: &Texts) -> Vec<String> {
    let mut all: Vec<String> = vec![texts.company_name.clone()];
    all.extend(texts.names.iter().cloned());
    all.extend(texts.emails.iter().flat_map(|email| [email.clone(), email.replace('@', " ")]));
    all.extend(texts.phones.iter().flat_map(|phone| phone_words(phone)));
    all.extend(texts.tags.iter().cloned());
    all.extend(
        texts
            .website
            .iter()
            .map(|site| site.replace("https://", "").replace("http://", "").replace("www.", "")),
    );
    all.extend(texts.notes.iter().cloned());
    text::terms(all.iter().map(String::as_str), LIMIT)
}

/// `+442071838750`, `442071838750`, `2071838750`, `02071838750`, and its groups.
fn phone_words(e164: &str) -> Vec<String> {
    let shown = Phone::display(e164);
    let national: String = shown.split(' ').skip(1).collect();
    let digits: String = national.chars().filter(char::is_ascii_digit).collect();
    vec![
        e164.to_owned(),
        e164.trim_start_matches('+').to_owned(),
        digits.clone(),
        format!("0{digits}"),
        shown,
    ]
}

/// What was typed into a search box, as terms of which each must begin one of the client's.
pub fn typed(search: &str) -> Vec<String> {
    text::terms([search], 8)
}

/// Writes the terms anew from what is stored.
pub async fn index(tx: &TenantTx, client: ClientId) -> Result<()> {
    let workspace = tx.workspace();
    let Some(texts) = tx.find::<Texts>(TEXTS, &[&workspace, &client]).await? else { return Ok(()) };
    let terms = terms(&texts);
    let params: rapport_db::Params = &[&workspace, &client, &terms];
    let (forgotten, learned) = futures::join!(tx.execute(FORGET, params), tx.execute(LEARN, params));
    forgotten?;
    learned.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_found_by_every_way_its_details_may_be_typed() {
        let texts = Texts {
            company_name: "Łódź Söhne".into(),
            emails: vec!["ada@northlight.example".into()],
            phones: vec!["+442071838750".into()],
            tags: vec!["VIP".into()],
            website: Some("https://www.sohne.example".into()),
            ..Texts::default()
        };
        let terms = terms(&texts);
        for word in [
            "lodz",
            "sohne",
            "ada@northlight.example",
            "northlight.example",
            "vip",
            "02071838750",
            "7183",
            "sohne.example",
        ] {
            assert!(terms.iter().any(|term| term.starts_with(word)), "{word} in {terms:?}");
        }
        assert_eq!(typed("Łó vi"), ["lo", "vi"]);
    }
}
