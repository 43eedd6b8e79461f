//! Arguments as templates hand them over: by value or through any number of references.

use jiff::Timestamp;
use jiff::civil::Date;

/// Something that can be read as a `T`, however often it is borrowed.
pub trait Arg<T> {
    /// The value itself.
    fn value(&self) -> T;
}

impl<T, A: Arg<T> + ?Sized> Arg<T> for &A {
    fn value(&self) -> T {
        (**self).value()
    }
}

macro_rules! plain {
    ($($from:ty => $to:ty),+ $(,)?) => {$(
        impl Arg<$to> for $from {
            fn value(&self) -> $to {
                (*self).into()
            }
        }
    )+};
}

plain! {
    bool => bool,
    i16 => i64, i32 => i64, i64 => i64, u8 => i64, u16 => i64, u32 => i64,
    Timestamp => Timestamp,
    Timestamp => Option<Timestamp>, Option<Timestamp> => Option<Timestamp>,
    Date => Option<Date>, Option<Date> => Option<Date>,
    Date => Date,
}

macro_rules! saturating {
    ($($from:ty),+) => {$(
        impl Arg<i64> for $from {
            fn value(&self) -> i64 {
                i64::try_from(*self).unwrap_or(i64::MAX)
            }
        }
    )+};
}

saturating!(u64, usize, isize);
