//! The real abort: what a killed process had queued on its connection to the token endpoint never arrives. Needs the
//! kernel's own tables to see when the queue is full, so it runs on Linux only.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use airwallex::token_transport::TokenTransport;

/// Far more than all queues on the way hold.
const SIZE: usize = 8 << 20;
/// What has to wait in the sender's kernel before it is killed.
const QUEUED: u64 = 100_000;
/// Names the address to the process that is killed, and whether it sends as the token transport does.
const ADDRESS: &str = "ABORT_TEST_ADDRESS";
const IS_PLAIN: &str = "ABORT_TEST_IS_PLAIN";

#[test]
fn a_killed_process_leaves_no_request_behind() {
    let aborted = received_after_kill(false);
    let plain = received_after_kill(true);
    assert!(aborted < 64 << 10, "{aborted} bytes arrived after the process was killed");
    assert!(plain > 10 * aborted, "a plain socket would have shown it: {plain} against {aborted}");
}

/// Bytes that a slow reader still gets once the sender is gone.
fn received_after_kill(is_plain: bool) -> usize {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    socket2::SockRef::from(&listener).set_recv_buffer_size(4096).expect("a small window");
    let mut child = sender(listener.local_addr().expect("an address"), is_plain);
    let (mut stream, peer) = listener.accept().expect("the other half connects");
    // The reader is slow: it has read nothing so far, and the sender's kernel holds what it was given.
    let started = Instant::now();
    while queued(peer) < QUEUED {
        assert!(started.elapsed() < Duration::from_secs(20), "the other half does not send");
        std::thread::yield_now();
    }
    child.kill().expect("it can be killed");
    child.wait().expect("it is gone");
    let (mut count, mut buffer) = (0, [0; 4096]);
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return count,
            Ok(more) => count += more,
            // The reset: nothing comes any more.
            Err(_) => return count,
        }
    }
}

fn sender(address: SocketAddr, is_plain: bool) -> Child {
    let own = std::env::current_exe().expect("this program");
    let mut command = Command::new(own);
    command.args(["--ignored", "--exact", "sends_until_it_is_killed"]).stdout(Stdio::null());
    command.env(ADDRESS, address.to_string());
    if is_plain {
        command.env(IS_PLAIN, "yes");
    }
    command.spawn().expect("the other half starts")
}

/// Bytes that the kernel holds of the socket with this local address, which the other side has not taken.
fn queued(local: SocketAddr) -> u64 {
    let table = std::fs::read_to_string("/proc/net/tcp").expect("the kernel's table");
    let port = format!(":{:04X}", local.port());
    let line = table.lines().skip(1).map(str::split_whitespace).find_map(|mut fields| {
        let own = fields.nth(1)?.ends_with(&port);
        own.then(|| fields.nth(2).unwrap_or_default().to_owned())
    });
    let waiting = line.and_then(|queues| u64::from_str_radix(queues.split(':').next()?, 16).ok());
    waiting.unwrap_or(0)
}

/// The process that is killed. Nobody answers it, and it sends for as long as it lives.
#[tokio::test]
#[ignore = "the other half of the test above, in a process of its own"]
#[expect(clippy::disallowed_methods, reason = "the first half tells where it listens")]
async fn sends_until_it_is_killed() {
    let address = std::env::var(ADDRESS).expect("the first half starts this");
    let body = vec![b'x'; SIZE];
    if std::env::var(IS_PLAIN).is_ok() {
        let mut stream = TcpStream::connect(address).expect("connects");
        stream.write_all(&body).expect("is killed before it has sent all");
        return;
    }
    let patience = Duration::from_secs(60);
    let transport = TokenTransport::new(patience, patience).expect("a transport");
    let request = http::Request::post(format!("http://{address}/oauth/token")).body(body);
    let sent = transport.send(request.expect("a request"), airwallex::api::oauth::always()).await;
    panic!("it was answered: {sent:?}");
}
