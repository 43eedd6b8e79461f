//! Every URL of the module.

use rapport_base::Page;
use rapport_web::{Doc, Routes};

use crate::{
    FILES_DELETE, FILES_READ, FILES_UPLOAD, File, Version,
    files::{api, pages},
};

/// A file of the largest size, with its form around it.
const UPLOAD: usize = 51 * 1024 * 1024;

pub fn routes() -> Routes {
    Routes::new("files")
        .post("/app/{workspace}/files", FILES_UPLOAD, pages::upload)
        .body_limit(UPLOAD * 4)
        .get("/app/{workspace}/files/{id}", FILES_READ, pages::download)
        .get("/app/{workspace}/files/{id}/details", FILES_READ, pages::show)
        .post("/app/{workspace}/files/{id}/versions", FILES_UPLOAD, pages::add_version)
        .body_limit(UPLOAD)
        .post("/app/{workspace}/files/{id}/delete", FILES_DELETE, pages::delete)
        .get("/api/files", FILES_READ, api::list)
        .doc(Doc::new("List files").about("Of one client, project or portal.").query::<api::ListQuery>().returns::<Page<File>>(200))
        .post("/api/files", FILES_UPLOAD, api::create)
        .body_limit(UPLOAD)
        .doc(
            Doc::new("Upload a file")
                .about("The text fields come before the file. The same name in the same folder of a portal makes a new version.")
                .multipart::<api::UploadBody>()
                .returns::<File>(201),
        )
        .get("/api/files/{id}", FILES_READ, api::show)
        .doc(Doc::new("Get a file").returns::<File>(200))
        .delete("/api/files/{id}", FILES_DELETE, api::delete)
        .doc(Doc::new("Delete a file").about("Its bytes are removed after 30 days.").answers(204, "Deleted"))
        .get("/api/files/{id}/download", FILES_READ, api::download)
        .doc(Doc::new("Download a file").query::<api::DownloadQuery>().answers(200, "The bytes"))
        .get("/api/files/{id}/versions", FILES_READ, api::versions)
        .doc(Doc::new("List a file's versions").returns::<Page<Version>>(200))
        .post("/api/files/{id}/versions", FILES_UPLOAD, api::add_version)
        .body_limit(UPLOAD)
        .doc(Doc::new("Upload a new version").multipart::<api::VersionBody>().returns::<File>(201))
}
