//! Every URL of the module.

use rapport_base::Page;
use rapport_web::{Doc, Routes};

use crate::{
    exports::{Export, api, pages},
    permissions::WORKSPACE_EXPORT,
};

pub(crate) fn routes() -> Routes {
    Routes::new("transfer")
        .get("/app/{workspace}/settings/exports", WORKSPACE_EXPORT, pages::index)
        .post("/app/{workspace}/settings/exports", WORKSPACE_EXPORT, pages::create)
        .post("/app/{workspace}/settings/exports/{id}/cancel", WORKSPACE_EXPORT, pages::cancel)
        .get("/app/{workspace}/settings/exports/{id}/download", WORKSPACE_EXPORT, pages::download)
        .get("/api/exports", WORKSPACE_EXPORT, api::index)
        .doc(Doc::new("List exports").about("The last twenty.").returns::<Page<Export>>(200))
        .post("/api/exports", WORKSPACE_EXPORT, api::create)
        .doc(
            Doc::new("Export the workspace")
                .about(
                    "Everything as one ZIP (CSV, JSON Lines, files), made in the background; one at a time.",
                )
                .returns::<Export>(202),
        )
        .get("/api/exports/{id}", WORKSPACE_EXPORT, api::show)
        .doc(Doc::new("Show an export").returns::<Export>(200))
        .delete("/api/exports/{id}", WORKSPACE_EXPORT, api::cancel)
        .doc(
            Doc::new("Take an export back")
                .about("Stops one that is being made; removes the file of one that is ready.")
                .answers(204, "It is not made, or its file is gone"),
        )
        .get("/api/exports/{id}/download", WORKSPACE_EXPORT, api::download)
        .doc(
            Doc::new("Download an export")
                .about("For 24 hours; each download is logged.")
                .answers(200, "The ZIP"),
        )
}
