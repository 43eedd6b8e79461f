//! Plain HTTP/1.1 over connections one holds in one's own hands.

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

/// One connection.
pub type Connection = SendRequest<Full<Bytes>>;

/// Connects.
///
/// # Errors
/// When nobody listens there.
pub async fn connect(address: &str) -> Result<Connection> {
    let stream = TcpStream::connect(address).await.with_context(|| format!("connect to {address}"))?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

/// One request on a connection of its own.
///
/// # Errors
/// When no answer comes.
pub async fn once(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<String>,
) -> Result<(u16, HeaderMap, Bytes)> {
    let mut sender = connect(address).await?;
    let mut request = Request::builder().method(method).uri(path).header("host", "localhost:8080");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    sender.ready().await?;
    let response =
        sender.send_request(request.body(Full::new(Bytes::from(body.unwrap_or_default())))?).await?;
    let (parts, body) = response.into_parts();
    Ok((parts.status.as_u16(), parts.headers, body.collect().await?.to_bytes()))
}

/// The password of everyone who signs up here.
pub const PASSWORD: &str = "correct horse battery 9";

/// Makes an account with a workspace; the answer, with its access token.
///
/// # Errors
/// When the program does not make one.
pub async fn sign_up(address: &str, email: &str, workspace: &str) -> Result<Value> {
    let body =
        json!({"name": "Ada Morel", "email": email, "password": PASSWORD, "workspace_name": workspace});
    let json = [("content-type", "application/json")];
    let (status, _, answer) =
        once(address, "POST", "/api/auth/signup", &json, Some(body.to_string())).await?;
    if status != 201 {
        bail!("sign-up: {status} {}", String::from_utf8_lossy(&answer));
    }
    Ok(serde_json::from_slice(&answer)?)
}
