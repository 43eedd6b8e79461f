//! Pages of lists: keyset cursors, never offsets.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ArrayBuilder, KnownFormat, ObjectBuilder, Ref, RefOr, Schema, SchemaFormat,
        schema::{SchemaType, Type},
    },
};

use crate::error::{Refusal, Result};

/// One page of a list, as the API shows it.
#[derive(Clone, Debug, Serialize)]
pub struct Page<T> {
    /// The rows.
    pub data: Vec<T>,
    /// How many there are in all; exact up to [`Total::CAP`] unless asked for exactly.
    pub total: i64,
    /// True when counting stopped at the cap.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub total_is_at_least: bool,
    /// The cursor of the next page.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Everything there is, on one page.
    #[must_use]
    pub fn whole(data: Vec<T>) -> Self {
        Self {
            total: i64::try_from(data.len()).unwrap_or(i64::MAX),
            data,
            total_is_at_least: false,
            next: None,
        }
    }
    /// From up to `limit + 1` rows: the surplus row only tells that more follow.
    pub fn cut(mut data: Vec<T>, limit: Limit, total: Total, cursor: impl FnOnce(&T) -> Cursor) -> Self {
        let more = data.len() > limit.rows();
        data.truncate(limit.rows());
        let next = if more { data.last().map(|row| cursor(row).0) } else { None };
        Self { data, total: total.count, total_is_at_least: total.at_least, next }
    }
    /// The same page with other rows.
    pub fn map<U>(self, row: impl FnMut(T) -> U) -> Page<U> {
        Page {
            data: self.data.into_iter().map(row).collect(),
            total: self.total,
            total_is_at_least: self.total_is_at_least,
            next: self.next,
        }
    }
}

/// Each page is named after its rows: a derived name would be one and the same for all of them.
impl<T: ToSchema> ToSchema for Page<T> {
    fn name() -> Cow<'static, str> {
        format!("{}Page", T::name()).into()
    }
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}

impl<T: ToSchema> PartialSchema for Page<T> {
    fn schema() -> RefOr<Schema> {
        let row = Ref::from_schema_name(T::name());
        let of = |kind: SchemaType, about: &'static str| {
            ObjectBuilder::new().schema_type(kind).description(Some(about))
        };
        let next = SchemaType::from_iter([Type::String, Type::Null]);
        ObjectBuilder::new()
            .property("data", ArrayBuilder::new().items(row).description(Some("The rows.")))
            .required("data")
            .property(
                "total",
                of(
                    Type::Integer.into(),
                    "How many there are in all; exact up to 1,000 unless asked for exactly.",
                )
                .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64))),
            )
            .required("total")
            .property(
                "total_is_at_least",
                of(Type::Boolean.into(), "True when counting stopped at the cap; left out otherwise."),
            )
            .property("next", of(next, "The cursor of the next page."))
            .into()
    }
}

/// A count that stops at a cap, since counting ten thousand rows costs more than the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// Rows counted.
    pub count: i64,
    /// Whether there are more than that.
    pub at_least: bool,
}

impl Total {
    /// Counts are exact up to here.
    pub const CAP: i64 = 1_000;
    /// From a count over at most `CAP + 1` rows.
    #[must_use]
    pub fn capped(counted: i64) -> Self {
        Self { count: counted.min(Self::CAP), at_least: counted > Self::CAP }
    }
    /// From a count over all rows.
    #[must_use]
    pub fn exact(count: i64) -> Self {
        Self { count, at_least: false }
    }
}

/// How many rows a page holds: 50, at most 200.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(u16);

impl Limit {
    /// The limit asked for.
    ///
    /// # Errors
    /// Invalid when it is not within 1 to 200.
    pub fn try_new(asked: Option<u32>) -> Result<Self> {
        match asked {
            None => Ok(Self(50)),
            Some(n @ 1..=200) => Ok(Self(u16::try_from(n).expect("at most 200"))),
            Some(_) => Err(Refusal::field("limit", "out_of_range", "Ask for 1 to 200 rows.").into()),
        }
    }
    /// Rows on a page.
    #[must_use]
    pub fn rows(self) -> usize {
        usize::from(self.0)
    }
    /// Rows to fetch: one more, to know whether a next page exists.
    #[must_use]
    pub fn fetch(self) -> i64 {
        i64::from(self.0) + 1
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

/// Where the next page begins: the sort key of the last row, opaque to callers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub String);

impl Cursor {
    /// Packs a key.
    pub fn pack<K: Serialize>(key: &K) -> Self {
        Self(BASE64.encode(serde_json::to_vec(key).unwrap_or_default()))
    }
    /// Unpacks a key of the same shape.
    ///
    /// # Errors
    /// Invalid when it is not a cursor of this list and order.
    pub fn unpack<K: DeserializeOwned>(text: &str) -> Result<K> {
        BASE64.decode(text).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(|| {
            Refusal::field("after", "unknown_cursor", "This cursor belongs to another list or order.").into()
        })
    }
}

/// The `limit`, `after` and `total` of a list's query string.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct PageQuery {
    /// Rows on the page.
    pub limit: Option<u32>,
    /// Cursor.
    pub after: Option<String>,
}
