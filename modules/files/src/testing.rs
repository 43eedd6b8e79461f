//! Files for the tests of modules above.

use bytes::Bytes;
use rapport_base::WorkspaceId;
use rapport_db::App;

use crate::{Limits, Received, receive_bytes};

/// A small PNG picture.
pub const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0,
    0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, b'I', b'D', b'A', b'T', 0x78, 0x9c, 0x63,
    0xf8, 0xcf, 0xc0, 0xf0, 0x1f, 0, 5, 0, 1, 0xff, 0x89, 0x99, 0x3d, 0x1d, 0, 0, 0, 0, b'I', b'E', b'N',
    b'D', 0xae, 0x42, 0x60, 0x82,
];
/// The least of a PDF.
pub const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

/// A text file that came in.
///
/// # Panics
/// When the store refuses it.
pub async fn received(app: &App, workspace: WorkspaceId, name: &str, text: &str) -> Received {
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    receive_bytes(app, workspace, name, "text/plain", bytes, Limits::default())
        .await
        .expect("a text file is taken")
}

/// Does now what the clock does every night.
///
/// # Panics
/// When something cannot be removed.
pub async fn sweep(app: &App) {
    crate::jobs::sweep(app).await.expect("a sweep");
}
