//! The kinds of file that may come in.

/// What a kind is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Pixels or strokes.
    Image,
    /// Text for people, laid out.
    Document,
    /// Sound.
    Audio,
    /// Moving pictures.
    Video,
    /// Plain text, tables, data.
    Text,
    /// A bundle of other files.
    Archive,
    /// What a browser would run: never shown, only downloaded.
    Active,
}

/// A kind of file: one row of the allow-list.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// The type it is served with.
    pub mime: &'static str,
    /// The extensions it may carry; the first is given to a file that has none.
    pub extensions: &'static [&'static str],
    /// Other names under which browsers declare it.
    pub also: &'static [&'static str],
    /// What it is good for.
    pub family: Family,
    /// Whether a browser may show it in place, under a sandbox.
    pub inline: bool,
}

impl Kind {
    /// The kind for a type found in the content.
    pub fn by_mime(mime: &str) -> Option<&'static Kind> {
        KINDS
            .iter()
            .find(|kind| kind.mime == mime)
            .or_else(|| KINDS.iter().find(|kind| kind.also.contains(&mime)))
    }

    /// Whether a sender's declaration fits. Senders that do not know say nothing or octet-stream.
    pub fn agrees_with(&self, declared: &str) -> bool {
        let declared = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        declared.is_empty()
            || declared == "application/octet-stream"
            || declared == self.mime
            || self.also.contains(&declared.as_str())
            || (self.family == Family::Text && declared == "text/plain")
    }
}

const fn kind(
    mime: &'static str,
    extensions: &'static [&'static str],
    also: &'static [&'static str],
    family: Family,
    inline: bool,
) -> Kind {
    Kind { mime, extensions, also, family, inline }
}

use Family::{Active, Archive, Audio, Document, Image, Text, Video};

/// The allow-list.
pub const KINDS: &[Kind] = &[
    kind("image/png", &["png"], &["image/x-png", "image/apng"], Image, true),
    kind("image/jpeg", &["jpg", "jpeg", "jfif"], &["image/jpg", "image/pjpeg"], Image, true),
    kind("image/gif", &["gif"], &[], Image, true),
    kind("image/webp", &["webp"], &[], Image, true),
    kind("image/avif", &["avif"], &[], Image, true),
    kind("image/heif", &["heic", "heif"], &["image/heic"], Image, false),
    kind("image/tiff", &["tif", "tiff"], &[], Image, false),
    kind("image/bmp", &["bmp"], &["image/x-ms-bmp"], Image, false),
    kind("image/vnd.microsoft.icon", &["ico"], &["image/x-icon"], Image, false),
    kind(
        "image/vnd.adobe.photoshop",
        &["psd"],
        &["application/photoshop", "application/x-photoshop", "image/x-photoshop"],
        Image,
        false,
    ),
    kind("image/svg+xml", &["svg"], &["image/svg", "text/xml"], Active, false),
    kind("text/html", &["html", "htm", "xhtml"], &["application/xhtml+xml"], Active, false),
    kind(
        "application/pdf",
        &["pdf", "ai"],
        &["application/x-pdf", "application/illustrator", "application/postscript"],
        Document,
        true,
    ),
    kind("application/postscript", &["eps", "ps", "ai"], &["image/x-eps"], Document, false),
    kind("application/rtf", &["rtf"], &["text/rtf", "application/msword"], Document, false),
    kind("application/msword", &["doc", "dot"], &[], Document, false),
    kind("application/vnd.ms-excel", &["xls", "xlt"], &["application/msexcel"], Document, false),
    kind("application/vnd.ms-powerpoint", &["ppt", "pps"], &[], Document, false),
    kind("application/vnd.ms-outlook", &["msg"], &[], Document, false),
    kind(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        &["docx", "dotx"],
        &["application/vnd.openxmlformats-officedocument.wordprocessingml.template"],
        Document,
        false,
    ),
    kind(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        &["xlsx", "xltx"],
        &["application/vnd.openxmlformats-officedocument.spreadsheetml.template"],
        Document,
        false,
    ),
    kind(
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        &["pptx", "potx", "ppsx"],
        &[
            "application/vnd.openxmlformats-officedocument.presentationml.template",
            "application/vnd.openxmlformats-officedocument.presentationml.slideshow",
        ],
        Document,
        false,
    ),
    kind("application/vnd.oasis.opendocument.text", &["odt"], &[], Document, false),
    kind("application/vnd.oasis.opendocument.spreadsheet", &["ods"], &[], Document, false),
    kind("application/vnd.oasis.opendocument.presentation", &["odp"], &[], Document, false),
    kind("application/epub+zip", &["epub"], &[], Document, false),
    kind(
        "application/zip",
        &["zip", "sketch", "fig", "xd", "key", "pages", "numbers"],
        &["application/x-zip-compressed", "application/x-zip"],
        Archive,
        false,
    ),
    kind("audio/mpeg", &["mp3"], &["audio/mp3", "audio/x-mp3"], Audio, true),
    kind("audio/x-wav", &["wav"], &["audio/wav", "audio/wave", "audio/vnd.wave"], Audio, true),
    kind("audio/ogg", &["ogg", "oga", "opus"], &["audio/opus", "application/ogg"], Audio, true),
    kind("audio/m4a", &["m4a"], &["audio/mp4", "audio/x-m4a"], Audio, true),
    kind("audio/x-flac", &["flac"], &["audio/flac"], Audio, true),
    kind("audio/aac", &["aac"], &["audio/x-aac", "audio/aacp"], Audio, true),
    kind("video/mp4", &["mp4", "m4v"], &["video/x-m4v"], Video, true),
    kind("video/quicktime", &["mov", "qt"], &["video/mp4"], Video, true),
    kind("video/webm", &["webm"], &["audio/webm"], Video, true),
    kind("video/x-matroska", &["mkv"], &[], Video, false),
    kind("video/x-msvideo", &["avi"], &["video/avi", "video/msvideo"], Video, false),
    kind("font/ttf", &["ttf"], &["application/font-sfnt", "application/x-font-ttf"], Archive, false),
    kind("font/otf", &["otf"], &["application/x-font-otf", "application/font-sfnt"], Archive, false),
    kind("font/woff", &["woff", "woff2"], &["font/woff2", "application/font-woff"], Archive, false),
    kind("text/plain", &["txt", "text", "log"], &["text/x-log"], Text, true),
    kind(
        "text/csv",
        &["csv", "tsv"],
        &["application/vnd.ms-excel", "application/csv", "text/x-csv", "text/tab-separated-values"],
        Text,
        false,
    ),
    kind("text/markdown", &["md", "markdown"], &["text/x-markdown"], Text, false),
    kind("application/json", &["json"], &["text/json"], Text, false),
    kind("text/xml", &["xml"], &["application/xml"], Text, false),
    kind("text/calendar", &["ics"], &["application/ics"], Text, false),
    kind("text/vcard", &["vcf"], &["text/x-vcard", "text/directory"], Text, false),
    kind("text/vtt", &["vtt", "srt"], &["application/x-subrip"], Text, false),
];
