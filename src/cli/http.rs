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

use super::failure::Failure;

/// What the endpoints tell.
pub trait Health: Send + Sync + 'static {
    /// Whether all partitions of this instance are assigned and restored; if not, why not.
    fn ready(&self) -> Result<String, String>;
    /// Every metric, in the text form of Prometheus.
    fn metrics(&self) -> String;
}

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
    pub fn serve<H: Health>(address: SocketAddr, health: Arc<H>) -> anyhow::Result<Self> {
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
        let server = axum::serve(listener, routes(health)).with_graceful_shutdown(async {
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

fn routes<H: Health>(health: Arc<H>) -> Router {
    Router::new()
        .route("/livez", get(|| async { "alive\n" }))
        .route("/readyz", get(readyz::<H>))
        .route("/metrics", get(metrics::<H>))
        .with_state(health)
}

async fn readyz<H: Health>(State(health): State<Arc<H>>) -> Response {
    match health.ready() {
        Ok(text) => (StatusCode::OK, format!("{text}\n")).into_response(),
        Err(text) => (StatusCode::SERVICE_UNAVAILABLE, format!("{text}\n")).into_response(),
    }
}

async fn metrics<H: Health>(State(health): State<Arc<H>>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], health.metrics()).into_response()
}
