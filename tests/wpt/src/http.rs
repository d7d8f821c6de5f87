//! As much of an HTTP client as the suite's own server needs.

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Failure;

/// What is sent. Texts that are no ASCII hold a byte a character, as headers and bodies do in JavaScript.
#[derive(Debug, Deserialize)]
pub struct Request {
    pub method: String,
    /// With the query.
    pub path: String,
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
}

/// What came, without its body.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Head {
    pub status: u16,
    #[serde(rename = "statusText")]
    pub status_text: String,
    pub headers: Vec<(String, String)>,
}

fn bytes(text: &str) -> Vec<u8> {
    // Characters beyond a byte's are none of HTTP's.
    text.chars()
        .map(|it| u8::try_from(it).unwrap_or(b'?'))
        .collect()
}

fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// Sends one request and takes its answer.
pub async fn send(address: &str, request: &Request) -> Result<(Head, Vec<u8>), Failure> {
    let mut stream = TcpStream::connect(address).await?;
    let mut message = format!(
        "{} {} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n",
        request.method, request.path
    )
    .into_bytes();
    for (name, value) in &request.headers {
        message.extend(bytes(&format!("{name}: {value}\r\n")));
    }
    let body = request.body.as_deref().map(bytes);
    if let Some(body) = &body {
        message.extend(format!("Content-Length: {}\r\n", body.len()).bytes());
    }
    message.extend(b"\r\n");
    message.extend(body.unwrap_or_default());
    stream.write_all(&message).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    parse(&answer).ok_or_else(|| "the suite's server gave no answer of HTTP".into())
}

/// The head and the body of an answer that is there as a whole.
fn parse(answer: &[u8]) -> Option<(Head, Vec<u8>)> {
    let end = answer.windows(4).position(|it| it == b"\r\n\r\n")?;
    let head = text(answer.get(..end)?);
    let body = answer.get(end + 4..)?;
    let mut lines = head.split("\r\n");
    let mut status = lines.next()?.splitn(3, ' ').skip(1);
    let head = Head {
        status: status.next()?.parse().ok()?,
        status_text: status.next().unwrap_or_default().into(),
        headers: lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect(),
    };
    let is_chunked = head.headers.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case("transfer-encoding") && value.eq_ignore_ascii_case("chunked")
    });
    let body = if is_chunked {
        unchunk(body)?
    } else {
        body.to_vec()
    };
    Some((head, body))
}

fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|it| it == b"\r\n")?;
        let size = text(rest.get(..end)?);
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        rest = rest.get(end + 2..)?;
        body.extend(rest.get(..size)?);
        rest = rest.get(size + 2..)?;
    }
}
