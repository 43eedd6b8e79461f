//! Clients in the browser.

use askama::Template;
use axum::response::Response;
use rapport_base::{Error, Kind, Limit, MemberId, Page, Result};
use rapport_db::TenantTx;
use rapport_ui::{CreateLink, FormState, Html, ListState, Shell, Toast};
use rapport_web::{Cx, Form, Hit, Query, ShellChange, page, redirect_with, rejected};
use serde::Deserialize;

use super::{
    Address, Client, ClientDetails, ClientId, Stage, actions, bin, export,
    forms::{self, edited, new_client},
    head,
    list::{self, ListQuery},
    rules,
    store::{self, Duplicate},
};
use crate::{
    CLIENTS_CREATE, CLIENTS_DELETE, CLIENTS_EXPORT, CLIENTS_NOTE, CLIENTS_READ, CLIENTS_REVENUE, contacts,
    notes::{self, NewNote},
    timeline::{self, TimelineItem},
};

/// Filters of the page, as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PageQuery {
    search: Option<String>,
    tags: Vec<String>,
    industry: Option<String>,
    relationship_stage: Option<String>,
    owner_id: Option<String>,
    sort: Option<String>,
    after: Option<String>,
    dialog: Option<String>,
}

impl PageQuery {
    fn filters(&self) -> ListQuery {
        ListQuery {
            search: self.search.clone(),
            tags: self.tags.clone(),
            industry: self.industry.clone(),
            relationship_stage: self.relationship_stage.as_deref().and_then(|stage| stage.parse().ok()),
            owner_id: self.owner_id.as_deref().and_then(|id| id.parse().ok()),
            sort: self.sort.clone(),
            limit: None,
            after: self.after.clone(),
            total: None,
        }
    }

    fn state(&self, cx: &Cx, rows: &Page<Client>) -> ListState {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let mut query = vec![
            ("search".to_owned(), text(&self.search)),
            ("relationship_stage".to_owned(), text(&self.relationship_stage)),
            ("owner_id".to_owned(), text(&self.owner_id)),
            ("industry".to_owned(), text(&self.industry)),
        ];
        query.extend(self.tags.iter().map(|tag| ("tags".to_owned(), tag.clone())));
        ListState {
            path: cx.path("clients"),
            query,
            sort: self.sort.clone().unwrap_or_else(|| "company_name".into()),
            shown: rows.data.len(),
            total: u64::try_from(rows.total).unwrap_or_default(),
            total_is_at_least: rows.total_is_at_least,
            next: rows.next.clone(),
            previous: None,
            noun: ("client", "clients"),
        }
    }
}

#[derive(Template)]
#[template(path = "clients/index.html")]
struct Index {
    shell: Shell,
    list: ListState,
    clients: Vec<Client>,
    tags: Vec<(String, String)>,
    industries: Vec<(&'static str, &'static str)>,
    owners: Vec<(MemberId, String)>,
    stages: Vec<(&'static str, &'static str)>,
    form: FormState,
    dialog: String,
    duplicates: Vec<Duplicate>,
    export: String,
    may_create: bool,
    may_delete: bool,
    may_export: bool,
    may_revenue: bool,
}

#[derive(Template)]
#[template(path = "clients/show.html")]
struct Show {
    shell: Shell,
    head: Html,
    client: Client,
    address: Option<Address>,
    items: Vec<TimelineItem>,
    list: ListState,
    groups: Vec<(&'static str, &'static str)>,
    show: String,
    form: FormState,
    people: Vec<(contacts::ContactId, String)>,
    may_note: bool,
    may_delete: bool,
    me: MemberId,
}

#[derive(Template)]
#[template(path = "clients/edit.html")]
struct Edit {
    shell: Shell,
    client: Client,
    form: FormState,
    owners: Vec<(MemberId, String)>,
    stages: Vec<(&'static str, &'static str)>,
    sizes: Vec<(&'static str, &'static str)>,
    industries: Vec<(&'static str, &'static str)>,
    may_revenue: bool,
}

#[derive(Template)]
#[template(path = "clients/bin.html")]
struct Bin {
    shell: Shell,
    clients: Vec<Client>,
}

/// GET /app/{workspace}/clients
pub async fn index(cx: Cx, Query(query): Query<PageQuery>) -> Result<Response> {
    let form = FormState::new().with("relationship_stage", "prospect").with("owner_id", cx.member.id);
    page(&listed(&cx, &query, form, Vec::new()).await?)
}

async fn listed(cx: &Cx, query: &PageQuery, form: FormState, duplicates: Vec<Duplicate>) -> Result<Index> {
    let tx = cx.read().await?;
    let filters = query.filters();
    let (rows, shell, tags, owners) =
        futures::join!(list::list(cx, &tx, &filters), cx.shell(&tx), store::tags(&tx), store::members(&tx));
    let rows = rows?;
    let list = query.state(cx, &rows);
    Ok(Index {
        shell: shell?.titled("Clients").live("client. contact. invoice.paid health."),
        export: list.with("after", "").replacen("/clients", "/clients/export", 1),
        list,
        clients: rows.data,
        tags: pairs(tags?),
        industries: rules::INDUSTRIES.iter().map(|name| (*name, *name)).collect(),
        owners: owners?,
        stages: stages(),
        form,
        dialog: query.dialog.clone().unwrap_or_default(),
        duplicates,
        may_create: cx.may(CLIENTS_CREATE),
        may_delete: cx.may(CLIENTS_DELETE),
        may_export: cx.may(CLIENTS_EXPORT),
        may_revenue: cx.may(CLIENTS_REVENUE),
    })
}

fn pairs(tags: Vec<String>) -> Vec<(String, String)> {
    tags.into_iter().map(|tag| (tag.clone(), tag)).collect()
}

fn stages() -> Vec<(&'static str, &'static str)> {
    Stage::ALL.iter().map(|stage| (stage.as_str(), stage.label())).collect()
}

/// POST /app/{workspace}/clients
pub async fn create(cx: Cx, form: Form) -> Result<Response> {
    let duplicates = match likely_duplicates(&cx, &form).await {
        Ok(duplicates) => duplicates,
        Err(error) => return again(&cx, form.rejected(error)?, Vec::new()).await,
    };
    if !duplicates.is_empty() && form.value("anyway") != "1" {
        return again(&cx, form.state(), duplicates).await;
    }
    let created = match new_client(&form) {
        Ok(input) => actions::create(&cx, input).await,
        Err(error) => Err(error),
    };
    match created {
        Ok(details) => {
            let to = cx.path(&format!("clients/{}", details.client.id));
            Ok(redirect_with(
                &to,
                Toast::success(format!("{} is one of your clients now.", details.client.company_name)),
            ))
        }
        Err(error) => again(&cx, form.rejected(error)?, Vec::new()).await,
    }
}

async fn again(cx: &Cx, state: FormState, duplicates: Vec<Duplicate>) -> Result<Response> {
    let query = PageQuery { dialog: Some("new-client".into()), ..PageQuery::default() };
    rejected(&listed(cx, &query, state, duplicates).await?)
}

async fn likely_duplicates(cx: &Cx, form: &Form) -> Result<Vec<Duplicate>> {
    let input = new_client(form)?;
    let (draft, primary, _) = rules::new(&input, rules::country_of(&cx.workspace().locale))?;
    let tx = cx.read().await?;
    let (email, phone) = (primary.email.map(|e| e.folded()), primary.phone.map(|p| p.as_str().to_owned()));
    store::duplicates(&tx, &draft.company_name, email, phone).await
}

/// GET /app/{workspace}/clients/export
pub async fn export(cx: Cx, Query(query): Query<PageQuery>) -> Result<Response> {
    export::csv(cx, query.filters()).await
}

/// What of a client's timeline is shown.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ShowQuery {
    show: Option<String>,
    after: Option<String>,
}

/// GET /app/{workspace}/clients/{id}
pub async fn show(cx: Cx, Query(query): Query<ShowQuery>) -> Result<Response> {
    page(&shown(&cx, cx.id("id")?, &query, FormState::new()).await?)
}

async fn shown(cx: &Cx, id: ClientId, query: &ShowQuery, form: FormState) -> Result<Show> {
    let tx = cx.read().await?;
    let group = timeline::GROUPS.iter().find(|(key, _, _)| query.show.as_deref() == Some(key));
    let wished: Vec<String> =
        group.map(|(_, _, kinds)| kinds.iter().map(|k| (*k).to_owned()).collect()).unwrap_or_default();
    let (head, shell, details, items, people) = futures::join!(
        head::header(cx, &tx, id, "Timeline"),
        cx.shell(&tx),
        actions::details(cx, &tx, id),
        timeline::list(cx, &tx, id, &wished, Limit::default(), query.after.as_deref()),
        contacts::list_for(&tx, id),
    );
    let (head, details, items) = (head?, details?, items?);
    let show = group.map_or("", |(key, _, _)| *key).to_owned();
    let path = cx.path(&format!("clients/{id}"));
    let shell = shell?
        .titled(&details.client.company_name)
        .crumb("Clients", cx.path("clients"))
        .live("client. contact. note. deal. project. milestone. deliverable. invoice. payment. message. portal. feedback. file.");
    Ok(Show {
        shell,
        head,
        client: details.client,
        address: details.address,
        list: ListState {
            path,
            query: vec![("show".into(), show.clone())],
            shown: items.data.len(),
            total: u64::try_from(items.total).unwrap_or_default(),
            total_is_at_least: items.total_is_at_least,
            next: items.next.clone(),
            noun: ("entry", "entries"),
            ..ListState::default()
        },
        items: items.data,
        groups: timeline::GROUPS.iter().map(|(key, label, _)| (*key, *label)).collect(),
        show,
        form,
        people: people?.into_iter().map(|person| (person.id, person.name)).collect(),
        may_note: cx.may(CLIENTS_NOTE),
        may_delete: cx.may(CLIENTS_DELETE),
        me: cx.member.id,
    })
}

/// GET /app/{workspace}/clients/{id}/edit
pub async fn edit(cx: Cx) -> Result<Response> {
    page(&editing(&cx, cx.id("id")?, |details| forms::of(details, &cx)).await?)
}

async fn editing(cx: &Cx, id: ClientId, form: impl FnOnce(&ClientDetails) -> FormState) -> Result<Edit> {
    let tx = cx.read().await?;
    let (details, shell, owners) =
        futures::join!(actions::visible_details(cx, &tx, id), cx.shell(&tx), store::members(&tx));
    let details = details?;
    let form = form(&details);
    let client = details.client;
    Ok(Edit {
        shell: shell?
            .titled(format!("Edit {}", client.company_name))
            .crumb("Clients", cx.path("clients"))
            .crumb(&client.company_name, cx.path(&format!("clients/{}", client.id))),
        client,
        form,
        owners: owners?,
        stages: stages(),
        sizes: rules::SIZES.iter().map(|size| (*size, *size)).collect(),
        industries: rules::INDUSTRIES.iter().map(|name| (*name, *name)).collect(),
        may_revenue: cx.may(CLIENTS_REVENUE),
    })
}

/// POST /app/{workspace}/clients/{id}
pub async fn update(cx: Cx, form: Form) -> Result<Response> {
    let id: ClientId = cx.id("id")?;
    let changed = match edited(&form, &cx) {
        Ok((change, version)) => actions::update(&cx, id, change, version).await,
        Err(error) => Err(error),
    };
    let error = match changed {
        Ok(details) => {
            return Ok(redirect_with(
                &cx.path(&format!("clients/{id}")),
                Toast::success(format!("{} is saved.", details.client.company_name)),
            ));
        }
        Err(error) => error,
    };
    let stale = is_stale(&error);
    let mut state = form.rejected(error)?;
    let typed_again = |details: &ClientDetails| {
        if stale {
            state.set("version", details.client.version);
        }
        state
    };
    rejected(&editing(&cx, id, typed_again).await?)
}

pub(crate) fn is_stale(error: &Error) -> bool {
    error.refusal().is_some_and(|refusal| refusal.kind == Kind::Stale)
}

/// POST /app/{workspace}/clients/{id}/delete
pub async fn delete(cx: Cx) -> Result<Response> {
    let id: ClientId = cx.id("id")?;
    match actions::delete(&cx, id).await {
        Ok(client) => {
            let toast = Toast::success(format!("{} is in the bin for 30 days.", client.company_name))
                .undo(cx.path(&format!("clients/{id}/restore")));
            Ok(redirect_with(&cx.path("clients"), toast))
        }
        Err(error) => match error.refusal() {
            Some(refusal) if refusal.kind == Kind::Conflict => Ok(redirect_with(
                &cx.path(&format!("clients/{id}")),
                Toast::error(refusal.message.to_string()),
            )),
            _ => Err(error),
        },
    }
}

/// POST /app/{workspace}/clients/{id}/restore
pub async fn restore(cx: Cx) -> Result<Response> {
    let details = actions::restore(&cx, cx.id("id")?).await?;
    let to = cx.path(&format!("clients/{}", details.client.id));
    Ok(redirect_with(
        &to,
        Toast::success(format!("{} is back with all it had.", details.client.company_name)),
    ))
}

/// GET /app/{workspace}/clients/bin
pub async fn bin(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    let (clients, shell) = futures::join!(bin::list(&cx, &tx), cx.shell(&tx));
    let shell = shell?.titled("Bin").crumb("Clients", cx.path("clients")).live("client.");
    page(&Bin { shell, clients: clients? })
}

/// POST /app/{workspace}/clients/{id}/notes
pub async fn note(cx: Cx, form: Form) -> Result<Response> {
    let id: ClientId = cx.id("id")?;
    let mut reader = form.reader();
    let input = NewNote {
        body: form.value("body").to_owned(),
        kind: form.value("kind").parse().ok(),
        contact_id: reader.parse("contact_id", "Choose a contact of this client."),
        occurred_at: None,
    };
    let written = match reader.finish() {
        Ok(()) => notes::actions::create(&cx, id, input).await,
        Err(error) => Err(error),
    };
    match written {
        Ok(_) => Ok(redirect_with(&cx.path(&format!("clients/{id}")), Toast::success("Noted."))),
        Err(error) => rejected(&shown(&cx, id, &ShowQuery::default(), form.rejected(error)?).await?),
    }
}

/// POST /app/{workspace}/notes/{id}/delete
pub async fn delete_note(cx: Cx) -> Result<Response> {
    let note = notes::actions::delete(&cx, cx.id("id")?).await?;
    Ok(redirect_with(
        &cx.path(&format!("clients/{}", note.client_id)),
        Toast::success("The note is removed."),
    ))
}

/// What the module adds to every page's shell.
pub(crate) async fn shell(cx: &Cx) -> Result<ShellChange> {
    let link = cx.may(CLIENTS_CREATE).then(|| CreateLink {
        label: "Client".into(),
        icon: "building".into(),
        href: cx.path("clients?dialog=new-client"),
    });
    Ok(Box::new(move |shell| shell.create.extend(link)))
}

/// Clients for the palette.
pub(crate) async fn palette(cx: &Cx, tx: &TenantTx, typed: &str) -> Result<Vec<Hit>> {
    if !cx.may(CLIENTS_READ) {
        return Ok(Vec::new());
    }
    let query = ListQuery { search: Some(typed.to_owned()), limit: Some(6), ..ListQuery::default() };
    let rows = list::list(cx, tx, &query).await?;
    let hit = |client: Client| Hit {
        group: "Clients",
        subtitle: client.contact_name.unwrap_or_else(|| client.relationship_stage.clone()),
        title: client.company_name,
        href: cx.path(&format!("clients/{}", client.id)),
        icon: "building",
    };
    Ok(rows.data.into_iter().map(hit).collect())
}
