//! Ids: UUIDv7 behind newtypes, so that a deal's id never passes for a client's.

/// Declares an id newtype: `rapport_base::id!(/// A client. ClientId);`
#[macro_export]
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord,
                 $crate::serde::Serialize, $crate::serde::Deserialize)]
        #[serde(crate = "rapport_base::serde", transparent)]
        pub struct $name(pub $crate::uuid::Uuid);

        impl $name {
            /// A new id, ordered by the time of its making.
            #[must_use]
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self {
                Self($crate::uuid::Uuid::now_v7())
            }
            /// The bare UUID.
            #[must_use]
            pub fn uuid(self) -> $crate::uuid::Uuid {
                self.0
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
        impl From<$name> for $crate::uuid::Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
        impl From<$crate::uuid::Uuid> for $name {
            fn from(id: $crate::uuid::Uuid) -> Self {
                Self(id)
            }
        }
        impl $crate::postgres_types::ToSql for $name {
            fn to_sql(
                &self,
                ty: &$crate::postgres_types::Type,
                out: &mut $crate::postgres_types::private::BytesMut,
            ) -> Result<$crate::postgres_types::IsNull, Box<dyn std::error::Error + Sync + Send>> {
                self.0.to_sql(ty, out)
            }
            fn accepts(ty: &$crate::postgres_types::Type) -> bool {
                <$crate::uuid::Uuid as $crate::postgres_types::ToSql>::accepts(ty)
            }
            $crate::postgres_types::to_sql_checked!();
        }
        impl<'a> $crate::postgres_types::FromSql<'a> for $name {
            fn from_sql(
                ty: &$crate::postgres_types::Type,
                raw: &'a [u8],
            ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
                <$crate::uuid::Uuid as $crate::postgres_types::FromSql>::from_sql(ty, raw).map(Self)
            }
            fn accepts(ty: &$crate::postgres_types::Type) -> bool {
                <$crate::uuid::Uuid as $crate::postgres_types::FromSql>::accepts(ty)
            }
        }
        impl $crate::id::Id for $name {}
        impl $crate::sql::PgType for $name {
            fn scalar() -> $crate::postgres_types::Type {
                $crate::postgres_types::Type::UUID
            }
            fn array() -> $crate::postgres_types::Type {
                $crate::postgres_types::Type::UUID_ARRAY
            }
        }
        impl $crate::utoipa::PartialSchema for $name {
            fn schema() -> $crate::utoipa::openapi::RefOr<$crate::utoipa::openapi::schema::Schema> {
                $crate::id::schema()
            }
        }
        impl $crate::utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    };
}

/// What every id newtype is.
pub trait Id: Copy + Into<uuid::Uuid> + From<uuid::Uuid> + std::fmt::Display {}

/// The OpenAPI schema of every id.
#[must_use]
pub fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
    utoipa::openapi::ObjectBuilder::new()
        .schema_type(utoipa::openapi::schema::Type::String)
        .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::Uuid)))
        .into()
}

// The macro names this crate by its outside name.
extern crate self as rapport_base;

id!(
    /// A tenant: one business and everything that is its own.
    WorkspaceId
);
id!(
    /// A person who signs in.
    UserId
);
id!(
    /// A user's membership in one workspace.
    MemberId
);
