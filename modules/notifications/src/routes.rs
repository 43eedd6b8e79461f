//! Every URL of the module.

use rapport_base::Page;
use rapport_web::{Doc, Routes};

use crate::{
    NOTICES_READ, Notice,
    notices::{self, api::ListQuery},
    preferences::{self, Preference, api::Preferences},
};

pub(crate) fn routes() -> Routes {
    Routes::new("notifications")
        .get("/app/{workspace}/notices", NOTICES_READ, notices::pages::index)
        .post("/app/{workspace}/notices/read", NOTICES_READ, notices::pages::read_all)
        .post("/app/{workspace}/notices/{id}/open", NOTICES_READ, notices::pages::open)
        .post("/app/{workspace}/notices/{id}/read", NOTICES_READ, notices::pages::read)
        .get("/app/{workspace}/settings/notifications", NOTICES_READ, preferences::pages::show)
        .post("/app/{workspace}/settings/notifications", NOTICES_READ, preferences::pages::save)
        .get("/api/notifications", NOTICES_READ, notices::api::list)
        .doc(Doc::new("List one's own notices").query::<ListQuery>().returns::<Page<Notice>>(200))
        .post("/api/notifications/read", NOTICES_READ, notices::api::read_all)
        .doc(Doc::new("Mark all notices as read").answers(204, "All are read"))
        .post("/api/notifications/{id}/read", NOTICES_READ, notices::api::read)
        .doc(Doc::new("Mark a notice as read").answers(204, "It is read"))
        .get("/api/notifications/preferences", NOTICES_READ, preferences::api::list)
        .doc(Doc::new("List by which ways one hears of what").returns::<Page<Preference>>(200))
        .put("/api/notifications/preferences", NOTICES_READ, preferences::api::save)
        .doc(
            Doc::new("Choose by which ways to hear of what")
                .about("Kinds that are left out stay as they are.")
                .body::<Preferences>()
                .returns::<Page<Preference>>(200),
        )
}
