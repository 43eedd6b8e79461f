//! Files: where bytes rest, what they are, and who may fetch them for a short while.
//!
//! [`Store`] keeps objects in a folder (the default) or in an S3 bucket. Uploads and downloads are
//! streams, so memory stays constant whatever the size. [`sniff`] and [`inspect`] say what the
//! bytes really are, [`names`] makes what people called a file safe to show and to send, and
//! [`signed`] makes the tokens of download links.

mod connect;
mod error;
mod guard;
pub mod inspect;
mod key;
pub mod names;
pub mod signed;
pub mod sniff;
mod space;
mod store;
mod upload;

pub use connect::s3 as connect_s3;
pub use error::StorageError;
pub use key::{Area, Key};
pub use store::{Download, Object, Store, Stored};
