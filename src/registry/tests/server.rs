//! A registry of the tests: real HTTP, an honest memory, and answers that are put in its mouth.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

/// What it says instead of the truth.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A status and a body.
    Says(u16, &'static str),
    /// Nothing, for so long.
    Sleeps(Duration),
}

#[derive(Default)]
struct Memory {
    /// By number, from 1.
    texts: Vec<String>,
    /// Numbers by subject.
    subjects: BTreeMap<String, Vec<usize>>,
    levels: BTreeMap<String, String>,
    /// How often to give which reply to questions with this in their first line.
    replies: Vec<(usize, &'static str, Reply)>,
    asked: Vec<String>,
    authorizations: Vec<String>,
}

/// A server on a port of its own; it ends with the process.
#[derive(Clone)]
pub struct Server {
    pub url: String,
    memory: Arc<Mutex<Memory>>,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let memory = Arc::new(Mutex::new(Memory::default()));
        let shared = Arc::clone(&memory);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let memory = Arc::clone(&shared);
                // A client that is gone is no fault.
                std::thread::spawn(move || drop(serve(stream, &memory)));
            }
        });
        Self { url, memory }
    }

    /// Gives a reply to the next questions with these words in their first line.
    pub fn reply(&self, times: usize, words: &'static str, reply: Reply) {
        self.memory.lock().unwrap().replies.push((times, words, reply));
    }

    /// Somebody registers something.
    pub fn register(&self, subject: &str, text: &str) -> usize {
        self.memory.lock().unwrap().register(subject, text)
    }

    /// First lines of all questions so far.
    pub fn asked(&self) -> Vec<String> {
        self.memory.lock().unwrap().asked.clone()
    }

    pub fn authorizations(&self) -> Vec<String> {
        self.memory.lock().unwrap().authorizations.clone()
    }

    pub fn level(&self, subject: &str) -> Option<String> {
        self.memory.lock().unwrap().levels.get(subject).cloned()
    }
}

fn serve(mut stream: TcpStream, memory: &Mutex<Memory>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim().split_once(": ") else { break };
        match &*name.to_ascii_lowercase() {
            "content-length" => length = value.parse().unwrap(),
            "authorization" => memory.lock().unwrap().authorizations.push(value.to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let first = first.trim().trim_end_matches(" HTTP/1.1").to_owned();
    let reply = {
        let mut memory = memory.lock().unwrap();
        memory.asked.push(first.clone());
        let found = memory.replies.iter_mut().find(|(times, words, _)| *times > 0 && first.contains(words));
        found.map(|(times, _, reply)| {
            *times -= 1;
            reply.clone()
        })
    };
    let (status, body) = match reply {
        Some(Reply::Says(status, body)) => (status, body.to_owned()),
        Some(Reply::Sleeps(time)) => {
            std::thread::sleep(time);
            return Ok(());
        }
        None => {
            let (status, body) =
                memory.lock().unwrap().answer(&first, &serde_json::from_slice(&body).unwrap_or_default());
            (status, body.to_string())
        }
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status} x\r\nlocation: /login\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

impl Memory {
    fn register(&mut self, subject: &str, text: &str) -> usize {
        let id = self.texts.iter().position(|known| known == text).unwrap_or_else(|| {
            self.texts.push(text.to_owned());
            self.texts.len() - 1
        }) + 1;
        let ids = self.subjects.entry(subject.to_owned()).or_default();
        if !ids.contains(&id) {
            ids.push(id);
        }
        id
    }

    fn answer(&mut self, first: &str, body: &Value) -> (u16, Value) {
        let missing = || (404, json!({ "error_code": 40403, "message": "not found" }));
        let (method, path) = first.split_once(' ').unwrap();
        let path = path.split('?').next().unwrap();
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let text = body["schema"].as_str().unwrap_or_default();
        match (method, &parts[..]) {
            ("PUT", ["config", subject]) => {
                self.levels.insert((*subject).to_owned(), body["compatibility"].as_str().unwrap().to_owned());
                (200, body.clone())
            }
            ("GET", ["config", subject]) => match self.levels.get(*subject) {
                Some(level) => (200, json!({ "compatibilityLevel": level })),
                // Confluent's own code for a subject without a level of its own.
                None => (404, json!({ "error_code": 40408, "message": "no such configuration" })),
            },
            ("POST", ["subjects", subject, "versions"]) => (200, json!({ "id": self.register(subject, text) })),
            ("POST", ["subjects", subject]) => {
                let ids = self.subjects.get(*subject).into_iter().flatten();
                match ids.copied().find(|id| self.texts[id - 1] == text) {
                    Some(id) => (200, json!({ "id": id, "guid": uuid::Uuid::from_u128(id as u128).to_string() })),
                    None => missing(),
                }
            }
            ("POST", ["compatibility", "subjects", subject, "versions"]) => match self.subjects.get(*subject) {
                Some(_) => (200, json!({ "is_compatible": false, "messages": ["so it is"] })),
                None => missing(),
            },
            ("GET", ["subjects", subject, "versions", "latest"]) => match self.subjects.get(*subject) {
                Some(ids) => (200, json!({ "schema": self.texts[ids[ids.len() - 1] - 1] })),
                None => missing(),
            },
            ("GET", ["schemas", "ids", id, "versions"]) => {
                let id: usize = id.parse().unwrap();
                let holders = self.subjects.iter().filter(|(_, ids)| ids.contains(&id));
                (200, holders.map(|(subject, _)| json!({ "subject": subject, "version": 1 })).collect())
            }
            ("GET", ["schemas", "ids", id]) => match self.texts.get(id.parse::<usize>().unwrap() - 1) {
                Some(text) => (200, json!({ "schema": text })),
                None => missing(),
            },
            _ => (404, json!({ "error_code": 404, "message": "no such path" })),
        }
    }
}
