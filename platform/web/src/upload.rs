//! Multipart forms: fields first, then files in a stream of constant memory.

use axum::{
    extract::{FromRequest, Multipart, Request, multipart::Field},
};
use rapport_base::{Error, Kind, Refusal, Result};
use rapport_db::App;

use crate::{Form, csrf};

/// A multipart form, read field by field. The proof against forgery is its first field
/// when it did not come in the header.
pub struct Upload {
    multipart: Multipart,
    expected: Option<String>,
    fields: Vec<(String, String)>,
}

impl FromRequest<App> for Upload {
    type Rejection = Error;
    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let unproven = request.extensions().get::<csrf::Unproven>().is_some();
        let expected = unproven
            .then(|| request.extensions().get::<csrf::Expected>().map(|csrf::Expected(proof)| proof.clone()).unwrap_or_default());
        let multipart = Multipart::from_request(request, app)
            .await
            .map_err(|_| Refusal::new(Kind::Unsupported, "unsupported_media_type", "Send multipart/form-data."))?;
        Ok(Self { multipart, expected, fields: Vec::new() })
    }
}

impl Upload {
    /// The next file, after taking in the fields before it; `None` after the last.
    /// A file input left empty is passed over.
    ///
    /// # Errors
    /// Forbidden without proof; too large; cut off.
    pub async fn next_file(&mut self) -> Result<Option<Field<'_>>> {
        loop {
            let Some(field) = self.multipart.next_field().await.map_err(|e| cut_off(&e))? else {
                return if self.expected.is_some() { Err(csrf::refused()) } else { Ok(None) };
            };
            let name = field.name().unwrap_or_default().to_owned();
            if field.file_name().is_some_and(|file| !file.is_empty()) {
                if self.expected.is_some() {
                    return Err(csrf::refused());
                }
                // The borrow checker cannot see that this returns: hand the field out through a fresh borrow.
                return Ok(Some(unborrow(field)));
            }
            if field.file_name().is_some() {
                continue;
            }
            let value = field.text().await.map_err(|e| cut_off(&e))?;
            if name == "csrf" {
                if let Some(expected) = self.expected.take()
                    && !csrf::same(value.as_bytes(), expected.as_bytes())
                {
                    return Err(csrf::refused());
                }
                continue;
            }
            if value.contains('\0') {
                return Err(Refusal::field(name, "nul", "Text may not hold the NUL character.").into());
            }
            self.fields.push((name, value));
        }
    }

    /// The text fields read so far.
    #[must_use]
    pub fn form(&self) -> Form {
        Form::from_pairs(self.fields.clone())
    }
}

fn unborrow(field: Field<'_>) -> Field<'_> {
    field
}

/// What a broken upload means to the person.
#[must_use]
pub fn cut_off(error: &axum::extract::multipart::MultipartError) -> Error {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        Refusal::new(Kind::TooLarge, "too_large", "This file is too large.").into()
    } else {
        Refusal::unprocessable("upload_cut_off", "The upload was cut off. Send it again.").into()
    }
}
