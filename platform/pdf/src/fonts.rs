//! The fonts at hand: Inter, then the engine's own for what Inter lacks, then
//! those of a folder the operator may name. A face is parsed when first used.

use crate::{Error, Result};
use std::path::Path;
use std::sync::{Mutex, OnceLock};
use typst::foundations::Bytes;
use typst::text::{Font, FontBook, FontInfo};
use typst::utils::LazyHash;

static INTER: [&[u8]; 3] = [
    include_bytes!("../fonts/Inter-Regular.ttf"),
    include_bytes!("../fonts/Inter-Medium.ttf"),
    include_bytes!("../fonts/Inter-SemiBold.ttf"),
];

static FONTS: OnceLock<Fonts> = OnceLock::new();
static ADDED: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// All faces with their metadata.
pub struct Fonts {
    pub book: LazyHash<FontBook>,
    faces: Vec<Face>,
}

struct Face {
    data: Bytes,
    index: u32,
    font: OnceLock<Option<Font>>,
}

impl Fonts {
    /// The face at this place of the book.
    pub fn face(&self, at: usize) -> Option<Font> {
        let face = self.faces.get(at)?;
        face.font.get_or_init(|| Font::new(face.data.clone(), face.index)).clone()
    }

    fn load() -> Self {
        let mut fonts = Self { book: LazyHash::new(FontBook::new()), faces: Vec::new() };
        let mut book = FontBook::new();
        let bundled = typst_assets::fonts().map(Bytes::new);
        let added = std::mem::take(&mut *ADDED.lock().unwrap_or_else(|lock| lock.into_inner()));
        for data in INTER.into_iter().map(Bytes::new).chain(bundled).chain(added.into_iter().map(Bytes::new))
        {
            for (index, info) in FontInfo::iter(&data).enumerate() {
                if info.family.ends_with(" Math") {
                    continue;
                }
                book.push(info);
                fonts.faces.push(Face { data: data.clone(), index: index as u32, font: OnceLock::new() });
            }
        }
        fonts.book = LazyHash::new(book);
        fonts
    }
}

/// The fonts, read on the first use.
pub fn fonts() -> &'static Fonts {
    FONTS.get_or_init(Fonts::load)
}

/// Adds the TrueType and OpenType files of a folder for scripts that the bundled
/// fonts lack (Chinese, Japanese, Korean, Arabic, Thai, …). To be called before
/// the first document; gives the number of files added.
pub fn add_folder(folder: &Path) -> Result<usize> {
    if FONTS.get().is_some() {
        return Err(Error::Fonts("must be added before the first document".to_owned()));
    }
    let failed = |error: std::io::Error| Error::Fonts(format!("{}: {error}", folder.display()));
    let mut paths = std::fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|e| e.path())).collect::<std::io::Result<Vec<_>>>())
        .map_err(failed)?;
    paths.retain(|path| {
        path.extension()
            .and_then(|extension| extension.to_str())
            .is_some_and(|e| matches!(e.to_ascii_lowercase().as_str(), "ttf" | "otf" | "ttc" | "otc"))
    });
    paths.sort();
    let files = paths.iter().map(std::fs::read).collect::<std::io::Result<Vec<_>>>().map_err(failed)?;
    let count = files.len();
    ADDED.lock().unwrap_or_else(|lock| lock.into_inner()).extend(files);
    Ok(count)
}
