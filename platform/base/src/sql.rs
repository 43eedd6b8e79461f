//! Which PostgreSQL type a Rust value is bound as. Naming the type with the
//! value spares a round trip and lets statements stay unnamed behind PgBouncer.

use postgres_types::{ToSql, Type};

/// A Rust type with one PostgreSQL type of its own.
pub trait PgType {
    /// The type of one value.
    fn scalar() -> Type;
    /// The type of an array of them.
    fn array() -> Type;
}

/// A value bound to a statement, with its type.
pub trait Param: Sync + Send {
    /// The PostgreSQL type.
    fn pg_type(&self) -> Type;
    /// The value for the driver.
    fn sql(&self) -> &(dyn ToSql + Sync);
}

impl<T: PgType + ToSql + Sync + Send> Param for T {
    fn pg_type(&self) -> Type {
        T::scalar()
    }
    fn sql(&self) -> &(dyn ToSql + Sync) {
        self
    }
}

macro_rules! pg_type {
    ($($rust:ty => $scalar:ident, $array:ident;)*) => {$(
        impl PgType for $rust {
            fn scalar() -> Type { Type::$scalar }
            fn array() -> Type { Type::$array }
        }
    )*};
}

pg_type! {
    bool => BOOL, BOOL_ARRAY;
    i16 => INT2, INT2_ARRAY;
    i32 => INT4, INT4_ARRAY;
    i64 => INT8, INT8_ARRAY;
    str => TEXT, TEXT_ARRAY;
    String => TEXT, TEXT_ARRAY;
    uuid::Uuid => UUID, UUID_ARRAY;
    jiff::Timestamp => TIMESTAMPTZ, TIMESTAMPTZ_ARRAY;
    jiff::civil::Date => DATE, DATE_ARRAY;
    jiff::civil::Time => TIME, TIME_ARRAY;
    serde_json::Value => JSONB, JSONB_ARRAY;
    rust_decimal::Decimal => NUMERIC, NUMERIC_ARRAY;
    crate::Currency => TEXT, TEXT_ARRAY;
    Vec<u8> => BYTEA, BYTEA_ARRAY;
    [u8] => BYTEA, BYTEA_ARRAY;
}

impl<T: PgType> PgType for Option<T> {
    fn scalar() -> Type {
        T::scalar()
    }
    fn array() -> Type {
        T::array()
    }
}

impl<T: PgType + ?Sized> PgType for &T {
    fn scalar() -> Type {
        T::scalar()
    }
    fn array() -> Type {
        T::array()
    }
}

impl<T: PgType> PgType for Vec<T> {
    fn scalar() -> Type {
        T::array()
    }
    fn array() -> Type {
        T::array()
    }
}

impl<T: PgType> PgType for [T] {
    fn scalar() -> Type {
        T::array()
    }
    fn array() -> Type {
        T::array()
    }
}
