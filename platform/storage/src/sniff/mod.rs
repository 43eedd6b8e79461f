//! What a file really is, judged by its content; its name and the sender's word have to agree.

mod kinds;
mod text;
pub mod zip;

pub use kinds::{Family, KINDS, Kind};

use crate::names;
use std::io::Cursor;
use text::Text;
use zip::Directory;

/// How many bytes of a file [`judge`] wants to see.
pub const HEAD: u64 = 64 * 1024;

/// How large the inside of a file may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Width times height of a picture.
    pub pixels: u64,
    /// Entries of an archive.
    pub zip_entries: u32,
    /// Bytes an archive unpacks to.
    pub zip_unpacked: u64,
    /// How many times its own size an archive unpacks to.
    pub zip_ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pixels: 100_000_000,
            zip_entries: 10_000,
            zip_unpacked: 2 * 1024 * 1024 * 1024,
            zip_ratio: 100,
        }
    }
}

/// A file that may stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What it is.
    pub kind: &'static Kind,
    /// The name to show, made safe, with an extension.
    pub name: String,
    /// Width and height, where they could be read.
    pub pixels: Option<(u32, u32)>,
    /// Markup with scripts inside.
    pub active: bool,
}

impl Verdict {
    /// Whether a browser may show it in place.
    pub fn inline(&self) -> bool {
        self.kind.inline && !self.active
    }
}

/// Why a file may not stay.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No bytes at all.
    #[error("The file is empty.")]
    Empty,
    /// Content that is not on the allow-list.
    #[error("Files of this type cannot be uploaded.")]
    NotAllowed,
    /// The name promises something else than the content is.
    #[error("The file's name ends in .{extension}, but its content is {found}.")]
    WrongExtension {
        /// As in the name.
        extension: String,
        /// The type found.
        found: &'static str,
    },
    /// The sender declared something else than the content is.
    #[error("The file was sent as another type, but its content is {found}.")]
    WrongDeclaration {
        /// The type found.
        found: &'static str,
    },
    /// A picture that would fill the memory of whoever opens it.
    #[error("The picture has too many pixels.")]
    TooManyPixels,
    /// An archive of too many entries.
    #[error("The archive holds too many files.")]
    TooManyEntries,
    /// An archive that unpacks to far more than it weighs.
    #[error("The archive unpacks to too much.")]
    ArchiveBomb,
    /// An office file that brings a program along.
    #[error("Office files with macros cannot be uploaded.")]
    Macros,
    /// A picture or archive that cannot be read.
    #[error("The file is damaged.")]
    Damaged,
}

impl Refused {
    /// A frozen code for the API.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "files.empty",
            Self::NotAllowed => "files.type_not_allowed",
            Self::WrongExtension { .. } | Self::WrongDeclaration { .. } => "files.type_mismatch",
            Self::TooManyPixels => "files.too_many_pixels",
            Self::TooManyEntries => "files.too_many_entries",
            Self::ArchiveBomb => "files.archive_bomb",
            Self::Macros => "files.macros",
            Self::Damaged => "files.damaged",
        }
    }
}

/// What is known of a file when it is judged.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The name it came with.
    pub name: &'a str,
    /// The type the sender declared; may be empty.
    pub declared: &'a str,
    /// Its size in bytes.
    pub size: u64,
    /// Its first [`HEAD`] bytes, or more.
    pub head: &'a [u8],
    /// Its table of contents, where it is an archive that can be read.
    pub directory: Option<&'a Directory>,
}

/// Judge a file.
pub fn judge(file: Evidence<'_>, limits: &Limits) -> Result<Verdict, Refused> {
    if file.size == 0 || file.head.is_empty() {
        return Err(Refused::Empty);
    }
    let mut name = names::safe_name(file.name);
    let extension = names::extension(&name);
    let kind = match is_zip(file.head) {
        true => archive_kind(&file, limits)?,
        false => plain_kind(file.head, &extension)?,
    };
    if extension.is_empty() {
        name = format!("{name}.{}", kind.extensions[0]);
    } else if !kind.extensions.contains(&extension.as_str()) {
        return Err(Refused::WrongExtension { extension, found: kind.mime });
    }
    if !kind.agrees_with(file.declared) {
        return Err(Refused::WrongDeclaration { found: kind.mime });
    }
    let pixels = dimensions(kind, file.head)?;
    if pixels.is_some_and(|(w, h)| u64::from(w) * u64::from(h) > limits.pixels) {
        return Err(Refused::TooManyPixels);
    }
    let active = kind.family == Family::Active && text::is_active(file.head);
    Ok(Verdict { kind, name, pixels, active })
}

/// Judge a file that is in memory as a whole.
pub fn judge_bytes(name: &str, declared: &str, bytes: &[u8], limits: &Limits) -> Result<Verdict, Refused> {
    let size = bytes.len() as u64;
    let directory = if is_zip(bytes) {
        let tail = &bytes[bytes.len().saturating_sub(zip::TAIL as usize)..];
        zip::end(tail, size).and_then(|end| {
            let range = usize::try_from(end.offset).ok()?..usize::try_from(end.offset + end.len).ok()?;
            zip::directory(bytes.get(range)?, end)
        })
    } else {
        None
    };
    judge(Evidence { name, declared, size, head: bytes, directory: directory.as_ref() }, limits)
}

/// Whether a file begins like a ZIP archive (as office files do).
pub fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

fn known(mime: &str) -> Result<&'static Kind, Refused> {
    Kind::by_mime(mime).ok_or(Refused::NotAllowed)
}

fn archive_kind(file: &Evidence<'_>, limits: &Limits) -> Result<&'static Kind, Refused> {
    let directory = file.directory.ok_or(Refused::Damaged)?;
    if directory.is_too_many(limits) {
        return Err(Refused::TooManyEntries);
    }
    if directory.is_bomb(file.size, limits) {
        return Err(Refused::ArchiveBomb);
    }
    if directory.macros {
        return Err(Refused::Macros);
    }
    const OFFICE: &str = "application/vnd.openxmlformats-officedocument";
    if directory.has("[Content_Types].xml") {
        let parts = [
            ("word/document.xml", "wordprocessingml.document"),
            ("xl/workbook.xml", "spreadsheetml.sheet"),
            ("ppt/presentation.xml", "presentationml.presentation"),
        ];
        if let Some((_, kind)) = parts.iter().find(|(part, _)| directory.has(part)) {
            return known(&format!("{OFFICE}.{kind}"));
        }
    }
    let stated = infer::get(file.head).map(|found| found.mime_type()).unwrap_or_default();
    let is_open_document = stated.starts_with("application/vnd.oasis.opendocument.");
    if (is_open_document && directory.has("content.xml"))
        || (stated == "application/epub+zip" && directory.has("META-INF/container.xml"))
    {
        return known(stated);
    }
    known("application/zip")
}

fn plain_kind(head: &[u8], extension: &str) -> Result<&'static Kind, Refused> {
    if head[..head.len().min(1024)].windows(5).any(|window| window == b"%PDF-") {
        return known("application/pdf");
    }
    let found = infer::get(head).map(|found| found.mime_type());
    match found {
        Some("text/html" | "text/xml" | "text/x-shellscript") | None => text_kind(head, extension),
        Some("application/x-ole-storage") => ole_kind(extension),
        Some("application/font-sfnt") if head.starts_with(b"OTTO") => known("font/otf"),
        Some("application/zip") => Err(Refused::Damaged),
        Some(mime) => known(mime),
    }
}

/// The old office container says little about what is inside: the extension may choose.
fn ole_kind(extension: &str) -> Result<&'static Kind, Refused> {
    let old = [
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.ms-outlook",
    ];
    KINDS
        .iter()
        .find(|kind| old.contains(&kind.mime) && kind.extensions.contains(&extension))
        .ok_or(Refused::NotAllowed)
}

fn text_kind(head: &[u8], extension: &str) -> Result<&'static Kind, Refused> {
    match text::look(head).ok_or(Refused::NotAllowed)? {
        Text::Script => Err(Refused::NotAllowed),
        Text::Html => known("text/html"),
        Text::Svg => known("image/svg+xml"),
        Text::Xml => known("text/xml"),
        Text::Plain => {
            let by_name =
                KINDS.iter().find(|kind| kind.family == Family::Text && kind.extensions.contains(&extension));
            match by_name {
                Some(kind) => Ok(kind),
                None => known("text/plain"),
            }
        }
    }
}

/// Width and height of the pictures we show. One whose size cannot be read is damaged, or has so
/// much before its pixels that the head does not reach: [`crate::inspect`] then reads more.
fn dimensions(kind: &Kind, head: &[u8]) -> Result<Option<(u32, u32)>, Refused> {
    let format = match kind.mime {
        "image/png" => image::ImageFormat::Png,
        "image/jpeg" => image::ImageFormat::Jpeg,
        "image/gif" => image::ImageFormat::Gif,
        "image/webp" => image::ImageFormat::WebP,
        _ => return Ok(None),
    };
    image::ImageReader::with_format(Cursor::new(head), format)
        .into_dimensions()
        .map(Some)
        .map_err(|_| Refused::Damaged)
}

#[cfg(test)]
mod tests;
