//! A batch that is sent by hand.

use std::time::Duration;

use app::batch::view::BatchProgress::{self, Done, Refused};
use reqwest::Method;
use reqwest::header::HeaderMap;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Client, leaks};

/// Longer than the server looks for a database that stays away.
const PATIENCE: Duration = Duration::from_secs(120);

/// A batch of which part can be kept back, and whose answer is read while it comes.
pub struct Upload {
    line: TcpStream,
    heard: Vec<u8>,
}

impl Upload {
    /// Sends everything before the rows, which will have so many bytes.
    pub async fn start(client: &Client, address: &str, bytes: usize) -> Self {
        let request = client.request(Method::POST, address).build().unwrap();
        let (url, cookie) = (request.url(), request.headers()["cookie"].to_str().unwrap());
        let head = format!(
            "POST {}?{} HTTP/1.1\r\nhost: ringkey\r\ncookie: {cookie}\r\ncontent-length: {bytes}\r\n\r\n",
            url.path(),
            url.query().unwrap()
        );
        let line = TcpStream::connect(&*url.socket_addrs(|| None).unwrap()).await.unwrap();
        let mut upload = Self { line, heard: Vec::new() };
        upload.send(&head).await;
        upload
    }

    pub async fn send(&mut self, text: &str) {
        self.line.write_all(text.as_bytes()).await.unwrap();
    }

    /// Reads the answer up to the first line of this kind.
    pub async fn until(&mut self, is_it: impl Fn(&BatchProgress) -> bool) -> BatchProgress {
        loop {
            // Between the lines stand the lengths of the pieces in which they come.
            let heard = String::from_utf8_lossy(&self.heard);
            if let Some(line) = heard.lines().filter_map(|line| serde_json::from_str(line).ok()).find(&is_it) {
                return line;
            }
            leaks::look_at_answer("a batch", &HeaderMap::new(), &heard);
            let read = timeout(PATIENCE, self.line.read_buf(&mut self.heard)).await;
            assert!(read.is_ok_and(|read| read.unwrap() > 0), "{}", String::from_utf8_lossy(&self.heard));
        }
    }

    /// The last line.
    pub async fn end(&mut self) -> BatchProgress {
        self.until(|line| matches!(line, Done(_) | Refused { .. })).await
    }
}
