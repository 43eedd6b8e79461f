//! Sets invoices and credit notes as PDF with the embedded typst engine.
//!
//! The caller hands over an [`InvoiceDocument`] whose amounts and dates are
//! already written out; this crate only lays them out, so the figures on paper
//! are the very ones shown on screen. The data reaches the template as a JSON
//! file and is never parsed as markup. Equal input gives equal bytes.

mod compile;
mod document;
mod fonts;
mod labels;
mod qr;
mod rules;
mod view;

#[cfg(test)]
mod tests;

pub use compile::{Rendered, invoice};
pub use document::{
    Annex, AnnexRow, Bank, InvoiceDocument, Kind, Line, Logo, Paper, Party, PaymentCode, Row, SourceFile,
    Stamp, TaxRow, Workspace,
};
pub use fonts::add_folder as add_font_folder;
pub use labels::Labels;
pub use rules::{contrast_on_white, readable_on_white, valid_iban};

/// Why an invoice could not be set.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A field is longer, or a list has more rows, than a document may hold.
    #[error("{field} is too long: {found}, at most {limit}")]
    TooLong {
        /// Which field or list.
        field: &'static str,
        /// Its length: characters of a text, rows of a list, bytes of a file.
        found: usize,
        /// The most there may be.
        limit: usize,
    },
    /// The typesetting engine refused the document.
    #[error("the document could not be typeset: {0}")]
    Typeset(String),
    /// The worker thread ended before it was done.
    #[error("typesetting was interrupted")]
    Interrupted,
    /// A font folder could not be read, or fonts were added after the first use.
    #[error("fonts: {0}")]
    Fonts(String),
}

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
