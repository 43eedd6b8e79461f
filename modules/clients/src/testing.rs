//! Clients for the tests of modules above.

use rapport_base::WorkspaceId;
use rapport_db::{App, Origin};

use crate::{ClientId, ContactId, NewClient, contacts, create_in};

/// A client of that name with a primary contact "Grace Hopper" of an address of its own.
///
/// # Panics
/// When the database refuses.
pub async fn client(app: &App, workspace: WorkspaceId, name: &str) -> ClientId {
    let local: String = name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let new = NewClient {
        company_name: name.into(),
        contact_name: Some("Grace Hopper".into()),
        contact_email: Some(format!("grace@{local}.example")),
        ..NewClient::default()
    };
    let tx = app.db.begin(workspace, Origin::system()).await.expect("a transaction");
    let id = create_in(&tx, &new, None).await.expect("a client");
    tx.commit().await.expect("a commit");
    id
}

/// The id of a client's primary contact.
///
/// # Panics
/// When there is none.
pub async fn contact_of(app: &App, workspace: WorkspaceId, client: ClientId) -> ContactId {
    let tx = app.db.read(workspace).await.expect("a transaction");
    contacts::primary(&tx, client).await.expect("an answer").expect("a primary contact").id
}
