//! A browser of sorts: it keeps its cookies and follows no redirect.

use reqwest::header::{HeaderMap, HeaderName};
use reqwest::{Method, RequestBuilder, StatusCode, redirect};
use serde_json::Value;

use super::leaks;

#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    address: String,
    cookie: Option<String>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Client {
    /// Somebody who has not been here before. With `cookie`, that one is sent each time and none is kept.
    pub fn new(address: &str, cookie: Option<String>) -> Self {
        Self { cookie: cookie.clone(), ..Self::built(address, reqwest::Client::builder().cookie_store(cookie.is_none())) }
    }

    /// Somebody who has not been here before and comes in a way of their own.
    pub fn built(address: &str, how: reqwest::ClientBuilder) -> Self {
        let http = how.redirect(redirect::Policy::none()).no_proxy().build().unwrap();
        Self { http, address: address.to_owned(), cookie: None }
    }

    /// The same browser with one cookie more.
    pub fn with_cookie(&self, cookie: &str) -> Self {
        let cookies = self.cookie.iter().map(String::as_str).chain([cookie]).collect::<Vec<_>>().join("; ");
        Self { cookie: Some(cookies), ..self.clone() }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.address));
        match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        }
    }

    pub async fn get(&self, path: &str) -> Reply {
        Reply::of(self.request(Method::GET, path)).await
    }

    /// Sends a form as a browser without WASM does.
    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        Reply::of(self.request(Method::POST, path).header("accept", "text/html").form(fields)).await
    }

    /// The same of fields that come from somewhere else.
    pub async fn post_pairs(&self, path: &str, fields: &[(String, String)]) -> Reply {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post_form(path, &fields).await
    }

    /// Calls a server function with JSON, as the WASM does.
    pub async fn call(&self, function: &str, arguments: &Value) -> Reply {
        Reply::of(self.request(Method::POST, &format!("/api/{function}")).header("accept", "application/json").json(arguments)).await
    }
}

impl Reply {
    pub async fn of(request: RequestBuilder) -> Self {
        let (client, request) = request.build_split();
        let request = request.unwrap();
        let path = request.url().path().to_owned();
        let response = client.execute(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        leaks::look_at_answer(&path, &headers, &text);
        Self { status, headers, text }
    }

    /// The answer; nothing when the line breaks before it is whole.
    pub async fn try_of(request: RequestBuilder) -> Option<Self> {
        let response = request.send().await.ok()?;
        let (status, headers) = (response.status(), response.headers().clone());
        Some(Self { status, headers, text: response.text().await.ok()? })
    }

    /// The value of a header, empty when there is none.
    pub fn header(&self, name: &'static str) -> &str {
        self.headers.get(HeaderName::from_static(name)).map_or("", |value| value.to_str().unwrap())
    }

    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// Every cookie that the answer sets.
    pub fn cookies(&self) -> Vec<&str> {
        self.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {:?}", self.text))
    }
}
