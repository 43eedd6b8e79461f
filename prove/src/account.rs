//! Who writes: the owner of a new workspace, on the team of a project.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use rapport_bench::http;
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

const MARK: &str = "rapport-prove-boundary";

/// The owner of a workspace.
#[derive(Clone)]
pub struct Account {
    /// Access token, good for an hour.
    pub token: String,
    /// Workspace.
    pub workspace: Uuid,
    /// A project to track time on.
    pub project: String,
    /// Its client.
    pub client: String,
}

impl Account {
    /// Signs up at a program that is ready, and opens a project.
    ///
    /// # Errors
    /// When one of it is not done.
    pub async fn sign_up(address: &str, name: &str) -> Result<Self> {
        let answer = http::sign_up(address, &format!("{name}@prove.example"), name).await?;
        let text =
            |value: &Value| value.as_str().map(str::to_owned).context("no text where one was promised");
        let mut account = Self {
            token: text(&answer["access_token"])?,
            workspace: text(&answer["workspace"]["id"])?.parse()?,
            project: String::new(),
            client: String::new(),
        };
        let client = json!({"company_name": "The first", "currency": "EUR"});
        account.client = text(&account.call(address, "POST", "/api/clients", Some(client)).await?["id"])?;
        let project = json!({"client_id": account.client, "name": "The work"});
        account.project = text(&account.call(address, "POST", "/api/projects", Some(project)).await?["id"])?;
        let team = account.call(address, "GET", "/api/team/members", None).await?;
        let members = json!({"members": [{"member_id": team["data"][0]["id"], "role": "lead"}]});
        account
            .call(address, "PUT", &format!("/api/projects/{}/members", account.project), Some(members))
            .await?;
        Ok(account)
    }

    /// One request that must succeed; its answer.
    ///
    /// # Errors
    /// When it does not.
    pub async fn call(&self, address: &str, method: &str, path: &str, body: Option<Value>) -> Result<Value> {
        let bearer = format!("Bearer {}", self.token);
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let body = body.map(|body| body.to_string());
        let (status, _, answer) = http::once(address, method, path, &headers, body).await?;
        if !(200..300).contains(&status) {
            bail!("{method} {path}: {status} {}", String::from_utf8_lossy(&answer));
        }
        Ok(if answer.is_empty() { Value::Null } else { serde_json::from_slice(&answer)? })
    }

    /// Uploads a text of so many megabytes; status, what was said, and how long it took.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn upload(&self, address: &str, megabytes: usize) -> Result<(u16, String, Duration)> {
        let text = "All work and no play. ".repeat(megabytes * 1024 * 1024 / 22);
        let began = Instant::now();
        let (status, answer) = self.send_file(address, &text).await?;
        let said = answer["detail"].as_str().unwrap_or_default().to_owned();
        Ok((status, said, began.elapsed()))
    }

    /// Uploads a text that must be taken; the file's id.
    ///
    /// # Errors
    /// When it is not taken.
    pub async fn keep_file(&self, address: &str, text: &str) -> Result<String> {
        let (status, answer) = self.send_file(address, text).await?;
        answer["id"].as_str().map(str::to_owned).with_context(|| format!("upload: {status} {answer}"))
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// When they are not handed out.
    pub async fn download(&self, address: &str, file: &str) -> Result<Bytes> {
        let path = format!("/api/files/{file}/download");
        let bearer = format!("Bearer {}", self.token);
        let (status, _, bytes) =
            http::once(address, "GET", &path, &[("authorization", bearer.as_str())], None).await?;
        if status != 200 {
            bail!("GET {path}: {status} {}", String::from_utf8_lossy(&bytes));
        }
        Ok(bytes)
    }

    async fn send_file(&self, address: &str, text: &str) -> Result<(u16, Value)> {
        let body = format!(
            "--{MARK}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"notes.txt\"\r\ncontent-type: text/plain\r\n\r\n{text}\r\n--{MARK}--\r\n"
        );
        let (bearer, kind) =
            (format!("Bearer {}", self.token), format!("multipart/form-data; boundary={MARK}"));
        let headers = [("authorization", bearer.as_str()), ("content-type", kind.as_str())];
        let (status, _, answer) = http::once(address, "POST", "/api/files", &headers, Some(body)).await?;
        Ok((status, serde_json::from_slice(&answer).unwrap_or_default()))
    }
}
