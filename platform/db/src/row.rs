//! From a row to a value.

use rapport_base::Result;
use tokio_postgres::{Row, types::FromSql};

/// Built from one row, by column name (structs of [`row!`](crate::row)) or position (tuples).
pub trait FromRow: Sized {
    /// Reads the row.
    ///
    /// # Errors
    /// A bug when a column is missing or of another type.
    fn from_row(row: &Row) -> Result<Self>;
}

/// Declares a struct that is read from a row by the names of its fields.
///
/// ```ignore
/// rapport_db::row! {
///     /// A client, as a list shows it.
///     #[derive(Debug, serde::Serialize)]
///     pub struct ClientRow { pub id: ClientId, pub name: String }
/// }
/// ```
#[macro_export]
macro_rules! row {
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$field_meta:meta])* $field_vis:vis $field:ident : $ty:ty),* $(,)?
    }) => {
        $(#[$meta])*
        $vis struct $name { $($(#[$field_meta])* $field_vis $field: $ty),* }
        impl $crate::FromRow for $name {
            fn from_row(row: &$crate::Row) -> rapport_base::Result<Self> {
                let mut columns = $crate::Columns::of(row);
                Ok(Self { $($field: columns.next(stringify!($field))?),* })
            }
        }
    };
}

/// The columns of a row, read by name. A name is looked for where the one before was found, and then
/// everywhere: to search from the first column for each field would cost as much as reading them.
pub struct Columns<'a> {
    row: &'a Row,
    place: usize,
}

impl<'a> Columns<'a> {
    /// Of a row, from its first column on.
    #[must_use]
    pub fn of(row: &'a Row) -> Self {
        Self { row, place: 0 }
    }

    /// The value of a column.
    ///
    /// # Errors
    /// A bug when the column is missing or of another type.
    pub fn next<T: FromSql<'a>>(&mut self, name: &str) -> Result<T> {
        let columns = self.row.columns();
        let named = |place: &usize| columns.get(*place).is_some_and(|column| column.name() == name);
        match Some(self.place).filter(named).or_else(|| (0..columns.len()).find(named)) {
            Some(place) => {
                self.place = place + 1;
                Ok(self.row.try_get(place)?)
            }
            // The driver says what is missing.
            None => Ok(self.row.try_get(name)?),
        }
    }
}

macro_rules! tuple {
    ($($name:ident $at:tt),+) => {
        impl<$($name: for<'a> FromSql<'a>),+> FromRow for ($($name,)+) {
            fn from_row(row: &Row) -> Result<Self> {
                Ok(($(row.try_get::<_, $name>($at)?,)+))
            }
        }
    };
}

tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);

impl FromRow for Row {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(row.clone())
    }
}
