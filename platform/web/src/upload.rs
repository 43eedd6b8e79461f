//! Multipart forms: fields first, then files in a stream of constant memory.

use axum::{
    RequestExt,
    extract::{FromRequest, Request},
    http::header,
};
use rapport_base::{Error, Kind, Refusal, Result};
use rapport_db::App;

use crate::{Form, csrf};

/// One file of a form: a stream of bytes with the name and type its sender gave it.
pub type FileField = multer::Field<'static>;

/// A multipart form, read field by field. The proof against forgery is its first field
/// when it did not come in the header.
pub struct Upload {
    multipart: multer::Multipart<'static>,
    expected: Option<String>,
    fields: Vec<(String, String)>,
}

impl FromRequest<App> for Upload {
    type Rejection = Error;
    async fn from_request(request: Request, _: &App) -> Result<Self> {
        let unproven = request.extensions().get::<csrf::Unproven>().is_some();
        let expected = unproven.then(|| {
            request
                .extensions()
                .get::<csrf::Expected>()
                .map(|csrf::Expected(proof)| proof.clone())
                .unwrap_or_default()
        });
        let boundary = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| multer::parse_boundary(value).ok())
            .ok_or_else(|| {
                Refusal::new(Kind::Unsupported, "unsupported_media_type", "Send multipart/form-data.")
            })?;
        let body = request.with_limited_body().into_body().into_data_stream();
        Ok(Self { multipart: multer::Multipart::new(body, boundary), expected, fields: Vec::new() })
    }
}

impl Upload {
    /// The next file, after taking in the fields before it; `None` after the last.
    /// A file input left empty is passed over.
    ///
    /// # Errors
    /// Forbidden without proof; too large; cut off.
    pub async fn next_file(&mut self) -> Result<Option<FileField>> {
        loop {
            let Some(field) = self.multipart.next_field().await.map_err(|e| cut_off(&e))? else {
                return if self.expected.is_some() { Err(csrf::refused()) } else { Ok(None) };
            };
            match field.file_name() {
                Some("") => continue,
                Some(_) if self.expected.is_some() => return Err(csrf::refused()),
                Some(_) => return Ok(Some(field)),
                None => {}
            }
            let name = field.name().unwrap_or_default().to_owned();
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

/// What a broken upload means to the person.
#[must_use]
pub fn cut_off(error: &multer::Error) -> Error {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.is::<http_body_util::LengthLimitError>() {
            return Refusal::new(Kind::TooLarge, "too_large", "This file is too large.").into();
        }
        cause = error.source();
    }
    Refusal::unprocessable(
        "upload_cut_off",
        "The upload was cut off, or is no multipart form. Send it again.",
    )
    .into()
}
