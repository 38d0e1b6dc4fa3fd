//! A balancer like the one in front of a deployment, at its most unkind: every connection goes to the next
//! replica.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Listens on the public port until it is dropped.
pub struct Balancer {
    counts: Arc<Vec<AtomicUsize>>,
    _running: JoinSet<()>,
}

impl Balancer {
    /// `replicas`: their addresses, such as `127.0.0.1:4711`.
    pub async fn start(port: u16, replicas: Vec<String>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("the public port");
        let counts: Arc<Vec<AtomicUsize>> = Arc::new(replicas.iter().map(|_| AtomicUsize::new(0)).collect());
        let mut running = JoinSet::new();
        running.spawn(forward(listener, replicas, counts.clone()));
        Self { counts, _running: running }
    }

    /// How many connections each replica has had.
    pub fn counts(&self) -> Vec<usize> {
        self.counts.iter().map(|count| count.load(Ordering::Relaxed)).collect()
    }
}

async fn forward(listener: TcpListener, replicas: Vec<String>, counts: Arc<Vec<AtomicUsize>>) {
    let mut open = JoinSet::new();
    let mut turn = 0;
    loop {
        let (mut near, _) = listener.accept().await.expect("a connection");
        turn = (turn + 1) % replicas.len();
        counts[turn].fetch_add(1, Ordering::Relaxed);
        let replica = replicas[turn].clone();
        open.spawn(async move {
            if let Ok(mut far) = TcpStream::connect(replica).await {
                // Either side may hang up.
                let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
            }
        });
    }
}
