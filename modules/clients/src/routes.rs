//! Every URL of the module.

use rapport_base::Page;
use rapport_web::{Doc, Routes};

use crate::{
    CLIENTS_CREATE, CLIENTS_DELETE, CLIENTS_ERASE, CLIENTS_EXPORT, CLIENTS_NOTE, CLIENTS_READ,
    CLIENTS_UPDATE, Certificate, Client, Contact, ErasurePreview, NewErasure,
    clients::{self, ClientChange, ClientDetails, NewClient, store::Duplicate},
    contacts::{self, ContactChange, NewContact},
    erasures,
    notes::{self, NewNote, Note},
    timeline::{self, TimelineItem},
};

pub fn routes() -> Routes {
    api(pages(Routes::new("clients")))
}

fn pages(routes: Routes) -> Routes {
    use clients::pages as client;
    use contacts::pages as contact;
    use erasures::pages as erasure;
    routes
        .get("/app/{workspace}/clients", CLIENTS_READ, client::index)
        .post("/app/{workspace}/clients", CLIENTS_CREATE, client::create)
        .get("/app/{workspace}/clients/export", CLIENTS_EXPORT, client::export)
        .get("/app/{workspace}/clients/bin", CLIENTS_DELETE, client::bin)
        .get("/app/{workspace}/clients/choices", CLIENTS_READ, clients::choices::find)
        .get("/app/{workspace}/clients/{id}", CLIENTS_READ, client::show)
        .get("/app/{workspace}/clients/{id}/edit", CLIENTS_UPDATE, client::edit)
        .post("/app/{workspace}/clients/{id}", CLIENTS_UPDATE, client::update)
        .post("/app/{workspace}/clients/{id}/delete", CLIENTS_DELETE, client::delete)
        .post("/app/{workspace}/clients/{id}/restore", CLIENTS_DELETE, client::restore)
        .post("/app/{workspace}/clients/{id}/notes", CLIENTS_NOTE, client::note)
        .post("/app/{workspace}/notes/{id}/delete", CLIENTS_NOTE, client::delete_note)
        .get("/app/{workspace}/clients/{id}/contacts", CLIENTS_READ, contact::of_client)
        .post("/app/{workspace}/clients/{id}/contacts", CLIENTS_UPDATE, contact::create)
        .get("/app/{workspace}/contacts", CLIENTS_READ, contact::index)
        .get("/app/{workspace}/contacts/{id}/edit", CLIENTS_UPDATE, contact::edit)
        .post("/app/{workspace}/contacts/{id}", CLIENTS_UPDATE, contact::update)
        .post("/app/{workspace}/contacts/{id}/delete", CLIENTS_UPDATE, contact::delete)
        .get("/app/{workspace}/contacts/{id}/personal-data", CLIENTS_ERASE, erasure::preview)
        .get("/app/{workspace}/contacts/{id}/personal-data/export", CLIENTS_ERASE, erasure::export)
        .post("/app/{workspace}/contacts/{id}/erase", CLIENTS_ERASE, erasure::erase)
        .get("/app/{workspace}/erasures", CLIENTS_ERASE, erasure::index)
        .get("/app/{workspace}/erasures/{id}", CLIENTS_ERASE, erasure::show)
        .get("/app/{workspace}/erasures/{id}/certificate", CLIENTS_ERASE, erasure::certificate)
}

fn api(routes: Routes) -> Routes {
    use clients::api as client;
    use contacts::api as contact;
    use erasures::api as erasure;
    routes
        .get("/api/clients", CLIENTS_READ, client::list)
        .doc(Doc::new("List clients").query::<clients::list::ListQuery>().returns::<Page<Client>>(200))
        .post("/api/clients", CLIENTS_CREATE, client::create)
        .doc(Doc::new("Add a client").body::<NewClient>().returns::<ClientDetails>(201))
        .get("/api/clients/duplicates", CLIENTS_CREATE, client::duplicates)
        .doc(
            Doc::new("Find clients like one about to be added")
                .about("With the same address or phone number, or a similar name.")
                .query::<clients::api::DuplicatesQuery>()
                .returns::<Page<Duplicate>>(200),
        )
        .get("/api/clients/bin", CLIENTS_DELETE, client::bin)
        .doc(Doc::new("List clients in the bin").about("They stay for 30 days.").returns::<Page<Client>>(200))
        .get("/api/clients/{id}", CLIENTS_READ, client::show)
        .doc(Doc::new("Get a client").returns::<ClientDetails>(200))
        .patch("/api/clients/{id}", CLIENTS_UPDATE, client::update)
        .doc(Doc::new("Change a client").body::<ClientChange>().returns::<ClientDetails>(200))
        .delete("/api/clients/{id}", CLIENTS_DELETE, client::delete)
        .doc(
            Doc::new("Put a client into the bin")
                .about("It can be restored for 30 days. Refused while something of it is open, such as an issued invoice.")
                .answers(204, "In the bin"),
        )
        .post("/api/clients/{id}/restore", CLIENTS_DELETE, client::restore)
        .doc(Doc::new("Restore a client from the bin").returns::<ClientDetails>(200))
        .get("/api/clients/{id}/timeline", CLIENTS_READ, timeline::api::list)
        .doc(
            Doc::new("List what happened with a client")
                .query::<timeline::api::TimelineQuery>()
                .returns::<Page<TimelineItem>>(200),
        )
        .get("/api/clients/{id}/notes", CLIENTS_READ, notes::api::list)
        .doc(Doc::new("List the notes on a client").returns::<Page<Note>>(200))
        .post("/api/clients/{id}/notes", CLIENTS_NOTE, notes::api::create)
        .doc(Doc::new("Write a note on a client").body::<NewNote>().returns::<Note>(201))
        .delete("/api/notes/{id}", CLIENTS_NOTE, notes::api::delete)
        .doc(Doc::new("Remove a note").answers(204, "Removed"))
        .get("/api/contacts", CLIENTS_READ, contact::list)
        .doc(Doc::new("List contacts").query::<contacts::api::ListQuery>().returns::<Page<Contact>>(200))
        .post("/api/contacts", CLIENTS_UPDATE, contact::create)
        .doc(Doc::new("Add a contact").body::<NewContact>().returns::<Contact>(201))
        .get("/api/contacts/{id}", CLIENTS_READ, contact::show)
        .doc(Doc::new("Get a contact").returns::<Contact>(200))
        .patch("/api/contacts/{id}", CLIENTS_UPDATE, contact::update)
        .doc(Doc::new("Change a contact").body::<ContactChange>().returns::<Contact>(200))
        .delete("/api/contacts/{id}", CLIENTS_UPDATE, contact::delete)
        .doc(Doc::new("Remove a contact").answers(204, "Removed"))
        .get("/api/contacts/{id}/personal-data", CLIENTS_ERASE, erasure::export)
        .doc(
            Doc::new("Get all that is held of a person")
                .about("Table by table, also of a contact that was removed.")
                .returns::<serde_json::Value>(200),
        )
        .get("/api/contacts/{id}/erasure", CLIENTS_ERASE, erasure::preview)
        .doc(
            Doc::new("See what erasing a person would do")
                .about("Counts what would be deleted, replaced and kept; nothing is done.")
                .returns::<ErasurePreview>(200),
        )
        .post("/api/contacts/{id}/erasure", CLIENTS_ERASE, erasure::erase)
        .doc(
            Doc::new("Erase a person")
                .about("Wants the person's name. Invoices that were issued and money stay. It cannot be undone.")
                .body::<NewErasure>()
                .returns::<Certificate>(201),
        )
        .get("/api/erasures", CLIENTS_ERASE, erasure::list)
        .doc(Doc::new("List certificates of erasure").about("The newest 200.").returns::<Page<Certificate>>(200))
        .get("/api/erasures/{id}", CLIENTS_ERASE, erasure::show)
        .doc(Doc::new("Get a certificate of erasure").returns::<Certificate>(200))
}
