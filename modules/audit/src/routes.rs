//! Every URL of the module.

use rapport_base::Page;
use rapport_web::{Doc, Routes};

use crate::{
    AUDIT_READ, Entry,
    entries::{api, pages},
};

pub(crate) fn routes() -> Routes {
    Routes::new("audit")
        .get("/app/{workspace}/settings/audit", AUDIT_READ, pages::index)
        .get("/app/{workspace}/settings/audit/export", AUDIT_READ, pages::export)
        .get("/api/audit", AUDIT_READ, api::list)
        .doc(
            Doc::new("List the audit log")
                .about("Newest first. Days are those of the workspace's time zone.")
                .query::<api::ListQuery>()
                .returns::<Page<Entry>>(200),
        )
}
