//! Outgoing mail: letters that read well as HTML and as text, messages that no name or subject
//! can break, and the ways out (SMTP with a second provider, or kept for the browser).

mod error;
mod letter;
mod message;
mod relay;
mod transport;

pub use error::{BadMessage, BadTransport, SendError};
pub use letter::{Brand, Letter, Rendered, button, layout, paragraph};
pub use message::{Attachment, Message, Party};
pub use transport::{Receipt, Transport};
