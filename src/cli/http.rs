//! The endpoints of a running processor: alive, ready, and its metrics.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::kafka::phase::Phase;
use crate::kafka::status::Status;

use super::failure::Failure;

/// The endpoints, served until dropped.
pub struct Endpoints {
    runtime: Option<tokio::runtime::Runtime>,
    stop: Option<oneshot::Sender<()>>,
    /// Where they listen: the port chosen by the system when 0 was asked for.
    pub address: SocketAddr,
}

impl Endpoints {
    /// Starts serving, on a thread of its own.
    ///
    /// # Errors
    /// The address can't be listened on; refused.
    pub fn serve(address: SocketAddr, status: Arc<Status>) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("http")
            .enable_io()
            .enable_time()
            .build()?;
        let listener = runtime.block_on(TcpListener::bind(address)).map_err(|error| {
            Failure::refused(
                format!("http.listen: {address}: {error}"),
                "choose another port, 0 for any, or http.listen = \"off\"",
            )
        })?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let server = axum::serve(listener, routes(status)).with_graceful_shutdown(async {
            // A dropped sender ends the server too.
            let _ = stopped.await;
        });
        runtime.spawn(server.into_future());
        Ok(Self { runtime: Some(runtime), stop: Some(stop), address })
    }
}

impl Drop for Endpoints {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(std::time::Duration::from_millis(200));
        }
    }
}

fn routes(status: Arc<Status>) -> Router {
    Router::new()
        .route("/livez", get(|| async { "alive\n" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(status)
}

async fn readyz(State(status): State<Arc<Status>>) -> Response {
    let code = if status.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let mut text = String::from(if status.is_ready() { "ready\n" } else { "not ready\n" });
    for (partition, phase) in status.partitions() {
        text.push_str(&format!("partition {partition}: {}\n", in_words(&phase)));
        for standstill in status.standstills(partition) {
            text.push_str(&format!("partition {partition}: {standstill}\n"));
        }
    }
    (code, text).into_response()
}

/// What a partition is doing.
pub fn in_words(phase: &Phase) -> String {
    match phase {
        Phase::Assigned => "assigned, waits for its turn".to_owned(),
        Phase::Restoring(progress) => format!("restoring, {} of {}", progress.done, progress.total),
        Phase::Running => "running".to_owned(),
        Phase::Failing(cause) => format!("failing, tried again: {cause}"),
        Phase::Revoked => "revoked, finishes".to_owned(),
    }
}

async fn metrics() -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], crate::metrics::render()).into_response()
}
