//! Where a person is signed in.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

rapport_base::id!(
    /// A browser's session or an API client.
    SessionId
);

rapport_db::row! {
    /// A session as it is stored.
    pub(crate) struct Seen {
        pub id: SessionId,
        pub kind: String,
        pub ip: Option<String>,
        pub user_agent: Option<String>,
        pub created_at: Timestamp,
        pub last_seen_at: Timestamp,
        pub expires_at: Timestamp,
    }
}

/// A place where a person is signed in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// Id.
    pub id: SessionId,
    /// `browser` or `api`.
    pub kind: String,
    /// What it looks like: `Firefox on Linux`.
    pub device: String,
    /// Address it was last seen from.
    pub ip: Option<String>,
    /// Signed in at.
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
    /// Last seen at.
    #[schema(value_type = String, format = "date-time")]
    pub last_seen_at: Timestamp,
    /// Ends at, without activity.
    #[schema(value_type = String, format = "date-time")]
    pub expires_at: Timestamp,
    /// Whether it is the one that asks.
    pub current: bool,
}

impl Seen {
    pub(crate) fn view(self, current: Option<uuid::Uuid>) -> SessionView {
        SessionView {
            current: current == Some(self.id.uuid()),
            device: device(self.user_agent.as_deref().unwrap_or_default()),
            id: self.id,
            kind: self.kind,
            ip: self.ip,
            created_at: self.created_at,
            last_seen_at: self.last_seen_at,
            expires_at: self.expires_at,
        }
    }
}

/// Browser and system from a browser's description of itself.
pub(crate) fn device(user_agent: &str) -> String {
    let first = |names: &[(&'static str, &'static str)]| {
        names.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    // Most call themselves by the others' names too: the most particular comes first.
    let browser = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = first(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "Unknown program".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn browsers_are_known_by_their_own_name() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36 Edg/139.0";
        assert_eq!(device(edge), "Edge on Windows");
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
        assert_eq!(device(phone), "Safari on iPhone");
        assert_eq!(device("curl/8.5"), "curl");
        assert_eq!(device(""), "Unknown program");
    }
}
