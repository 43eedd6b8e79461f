//! Runs the typesetting engine, away from the async threads and two at a time.

use crate::document::InvoiceDocument;
use crate::fonts::{Fonts, fonts};
use crate::{Error, Result, view};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::sync::LazyLock;
use tokio::sync::Semaphore;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::ecow::EcoVec;
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::layout::{Frame, FrameItem};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

static AT_ONCE: Semaphore = Semaphore::const_new(2);
static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));
static TEMPLATE: LazyLock<Source> = LazyLock::new(|| {
    Source::new(file_id("invoice.typ"), include_str!("../templates/invoice.typ").to_owned())
});

/// A finished document.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// The PDF.
    pub bytes: Vec<u8>,
    /// Its SHA-256.
    pub sha256: [u8; 32],
    /// How many pages it has.
    pub pages: usize,
    /// Characters that no font at hand can show, in order, at most 50.
    pub missing: String,
    /// Whether a logo was given but could not be used.
    pub logo_left_out: bool,
}

/// Sets an invoice or credit note.
pub async fn invoice(doc: InvoiceDocument) -> Result<Rendered> {
    let permit = AT_ONCE.acquire().await.map_err(|_| Error::Interrupted)?;
    let work = move || {
        let _held_to_the_end = permit;
        render(&doc)
    };
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Interrupted)?
}

/// Empties the engine's cache when a run ends, however it ends.
struct Evict;

impl Drop for Evict {
    fn drop(&mut self) {
        comemo::evict(0);
    }
}

fn render(doc: &InvoiceDocument) -> Result<Rendered> {
    let _evict = Evict;
    let (document, logo_left_out) = lay_out(doc)?;
    let bytes = typst_pdf::pdf(&document, &options(doc)?).map_err(refused)?;
    let mut missing = BTreeSet::new();
    for page in document.pages() {
        without_glyph(&page.frame, &mut missing);
    }
    Ok(Rendered {
        sha256: Sha256::digest(&bytes).into(),
        bytes,
        pages: document.pages().len(),
        missing: missing.into_iter().take(50).collect(),
        logo_left_out,
    })
}

/// The pages, and whether a logo had to be left out.
pub(crate) fn lay_out(doc: &InvoiceDocument) -> Result<(PagedDocument, bool)> {
    view::check(doc)?;
    let given = doc.workspace.logo.as_ref();
    let logo = given.and_then(|logo| Some((view::logo_name(&logo.bytes)?, logo.bytes.as_slice())));
    match (compile(doc, logo), logo) {
        (Ok(document), _) => Ok((document, given.is_some() && logo.is_none())),
        (Err(_), Some(_)) => Ok((compile(doc, None)?, true)),
        (Err(error), None) => Err(error),
    }
}

fn compile(doc: &InvoiceDocument, logo: Option<(&str, &[u8])>) -> Result<PagedDocument> {
    let data = serde_json::to_vec(&view::view(doc, logo.map(|(name, _)| name)))
        .map_err(|error| Error::Typeset(error.to_string()))?;
    let mut files = vec![(file_id("invoice.json"), Bytes::new(data))];
    if let Some((name, bytes)) = logo {
        files.push((file_id(name), Bytes::new(bytes.to_vec())));
    }
    if let Some(source) = &doc.source_file {
        files.push((file_id("source"), Bytes::new(source.bytes.clone())));
    }
    typst::compile::<PagedDocument>(&Desk { files, fonts: fonts() }).output.map_err(refused)
}

fn options(doc: &InvoiceDocument) -> Result<PdfOptions> {
    let standards = match doc.source_file {
        Some(_) => PdfStandards::new(&[PdfStandard::A_3b])
            .map_err(|error| Error::Typeset(error.message().to_string()))?,
        None => PdfStandards::default(),
    };
    Ok(PdfOptions {
        ident: Smart::Custom(format!("{}\n{}", doc.workspace.party.name, doc.number)),
        creator: Smart::Custom(Some("Rapport".to_owned())),
        timestamp: doc
            .issued_on
            .and_then(|day| {
                Datetime::from_ymd_hms(day.year().into(), day.month() as u8, day.day() as u8, 0, 0, 0)
            })
            .map(Timestamp::new_utc),
        standards,
        ..PdfOptions::default()
    })
}

fn refused(errors: EcoVec<SourceDiagnostic>) -> Error {
    let messages: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
    Error::Typeset(messages.join("; "))
}

/// Collects the characters that are set with the empty box of a font.
fn without_glyph(frame: &Frame, found: &mut BTreeSet<char>) {
    for (_, item) in frame.items() {
        match item {
            FrameItem::Group(group) => without_glyph(&group.frame, found),
            FrameItem::Text(text) => {
                for glyph in text.glyphs.iter().filter(|glyph| glyph.id == 0) {
                    found.extend(text.text[glyph.range()].chars());
                }
            }
            _ => {}
        }
    }
}

fn file_id(name: &str) -> FileId {
    let path = VirtualPath::new(name).unwrap_or_else(|_| unreachable!("file names are constants"));
    RootedPath::new(VirtualRoot::Project, path).intern()
}

/// The engine's view of the world: the template, the data, the logo, the fonts.
struct Desk {
    files: Vec<(FileId, Bytes)>,
    fonts: &'static Fonts,
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.fonts.book
    }

    fn main(&self) -> FileId {
        TEMPLATE.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == TEMPLATE.id() { Ok(TEMPLATE.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let file = self.files.iter().find(|(known, _)| *known == id);
        file.map(|(_, bytes)| bytes.clone()).ok_or(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.face(index)
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
