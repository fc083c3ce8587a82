//! One question to a registry over HTTP, and what kind of answer it is.
//!
//! Redirects are not followed: they would lead credentials elsewhere. Proxies of the environment are not used.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use ureq::http::{Method, Request, header};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};

use super::error::{Refusal, RegistryError};
use super::settings::{Authorization, Settings};

const CONTENT_TYPE: &str = "application/vnd.schemaregistry.v1+json";
const ACCEPTED: &str = "application/vnd.schemaregistry.v1+json, application/json";
/// No schema is larger.
const BYTES_MAX: u64 = 8 << 20;
/// Subject, version, schema or a subject's own level not found: Confluent's API has a code for each.
const NOT_FOUND: std::ops::RangeInclusive<u64> = 40401..=40499;
/// So much of what is no answer is shown.
const SHOWN: usize = 60;

/// What a registry says.
#[derive(Clone, PartialEq, Debug)]
pub enum Answer {
    /// 2xx.
    Found(Value),
    /// There is no such subject, version or schema.
    Missing,
    /// 409, with its message.
    Conflict(String),
    /// 422, with its message.
    Invalid(String),
}

/// Talks to the first of several registries that answers.
#[derive(Clone, Debug)]
pub struct Client {
    agent: ureq::Agent,
    urls: Vec<String>,
    authorization: Option<Secret>,
}

#[derive(Clone)]
struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(not shown)")
    }
}

impl Client {
    /// A client; nothing is asked yet.
    ///
    /// # Errors
    /// The file of certificates can't be used.
    pub fn new(settings: &Settings) -> Result<Self, Refusal> {
        let tls = TlsConfig::builder().provider(TlsProvider::NativeTls).root_certs(trusted(settings)?).build();
        let config = ureq::Agent::config_builder()
            .tls_config(tls)
            .proxy(None)
            .timeout_global(Some(settings.timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("stockroom/", env!("CARGO_PKG_VERSION")))
            .build();
        let authorization = match &settings.authorization {
            Authorization::Nobody => None,
            Authorization::Basic { username, password } => {
                Some(format!("Basic {}", BASE64_STANDARD.encode(format!("{username}:{password}"))))
            }
            Authorization::Bearer(token) => Some(format!("Bearer {token}")),
        };
        Ok(Self { agent: config.into(), urls: settings.urls.clone(), authorization: authorization.map(Secret) })
    }

    /// Where it asks.
    pub fn urls(&self) -> &[String] {
        &self.urls
    }

    /// Asks each registry in turn until one has an answer.
    ///
    /// # Errors
    /// None has; or the first that spoke refuses for good.
    pub fn ask(&self, method: &Method, path: &str, body: Option<&Value>) -> Result<Answer, RegistryError> {
        let mut failures = Vec::new();
        let mut is_missing = false;
        for url in &self.urls {
            match self.ask_one(url, method, path, body) {
                Err(RegistryError::Unavailable(failure)) => failures.push(failure),
                // One of several may lag behind the others.
                Ok(Answer::Missing) => is_missing = true,
                other => return other,
            }
        }
        if is_missing { Ok(Answer::Missing) } else { Err(RegistryError::Unavailable(failures.join("; "))) }
    }

    fn ask_one(&self, url: &str, method: &Method, path: &str, body: Option<&Value>) -> Result<Answer, RegistryError> {
        let unavailable = |why: String| RegistryError::Unavailable(format!("{url}: {why}"));
        let mut request =
            Request::builder().method(method).uri(format!("{url}{path}")).header(header::ACCEPT, ACCEPTED);
        if let Some(Secret(authorization)) = &self.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let sent = match body {
            Some(body) => request
                .header(header::CONTENT_TYPE, CONTENT_TYPE)
                .body(body.to_string())
                .map_err(|error| unavailable(error.to_string()))
                .map(|request| self.agent.run(request)),
            None => {
                request.body(()).map_err(|error| unavailable(error.to_string())).map(|request| self.agent.run(request))
            }
        };
        let mut response = sent?.map_err(|error| unavailable(error.to_string()))?;
        let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
        let location = location.unwrap_or_default().to_owned();
        let status = response.status().as_u16();
        let bytes = response.body_mut().with_config().limit(BYTES_MAX).read_to_vec();
        judge(url, status, &location, &bytes.map_err(|error| unavailable(error.to_string()))?)
    }
}

fn trusted(settings: &Settings) -> Result<RootCerts, Refusal> {
    let Some(file) = &settings.ca_file else { return Ok(RootCerts::PlatformVerifier) };
    let refused = |why: String| Refusal::Certificates { file: file.display().to_string(), why };
    let pem = std::fs::read(file).map_err(|error| refused(error.to_string()))?;
    let mut certificates: Vec<Certificate<'static>> = Vec::new();
    for item in parse_pem(&pem) {
        let item = item.map_err(|error| refused(format!("it is no PEM file: {error}")))?;
        if let PemItem::Certificate(certificate) = item {
            // One that can't be read would be left out without a word when a connection is made.
            native_tls::Certificate::from_der(certificate.der())
                .map_err(|error| refused(format!("a certificate in it can't be read: {error}")))?;
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err(refused("there is no certificate in it".to_owned()));
    }
    Ok(RootCerts::from(certificates.into_iter()))
}

/// What an answer means. Only what is listed here is final.
fn judge(url: &str, status: u16, location: &str, body: &[u8]) -> Result<Answer, RegistryError> {
    let json: Option<Value> = serde_json::from_slice(body).ok();
    let message = || {
        let message = json.as_ref().and_then(|json| json.get("message")).and_then(Value::as_str);
        message.map_or_else(|| beginning(body), str::to_owned)
    };
    let no_registry = |what: String| RegistryError::Refused(Refusal::NotARegistry { url: url.to_owned(), what });
    match status {
        200..=299 => match &json {
            Some(json) => Ok(Answer::Found(json.clone())),
            None => Err(no_registry(format!("{status} with \"{}\", which is no JSON", beginning(body)))),
        },
        300..=399 => Err(no_registry(format!("{status}, a redirect to \"{location}\""))),
        401 | 403 => Err(RegistryError::Refused(Refusal::Denied { url: url.to_owned(), status })),
        404 => {
            let code = json.as_ref().and_then(|json| json.get("error_code")).and_then(Value::as_u64);
            let what = format!("404 with \"{}\"", message());
            match (code, &json) {
                (Some(code), _) if NOT_FOUND.contains(&code) => Ok(Answer::Missing),
                (_, Some(Value::Object(_))) => {
                    Err(RegistryError::Refused(Refusal::NoSuchPath { url: url.to_owned(), what }))
                }
                _ => Err(no_registry(what)),
            }
        }
        409 => Ok(Answer::Conflict(message())),
        422 => Ok(Answer::Invalid(message())),
        _ => Err(RegistryError::Unavailable(format!("{url}: answers {status}: {}", message()))),
    }
}

fn beginning(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(SHOWN * 4)]);
    let shown: String = text.trim().chars().take(SHOWN).collect();
    shown.replace(['\n', '\r'], " ")
}
