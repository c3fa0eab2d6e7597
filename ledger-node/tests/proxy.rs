//! A node behind nginx: which addresses the limits count, and what is visible from outside.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command};

use headwater_api::ledger_service_client::LedgerServiceClient;
use headwater_api::{AppendRequest, AppendStreamRequest, GetCheckpointRequest};
use headwater_event::kind::KindBody;
use headwater_event::kind::distribution::DistributionAction;
use headwater_ledger::ledger::GROUP_MAX;
use headwater_service::caller::STREAMS_MAX;
use headwater_testing::node::{RealNode, listener};
use headwater_testing::tools;
use headwater_testing::world::{World, distribution, english, production, quantity, subject};
use ledger_node::proxies::ProxyHeader;
use ledger_node::settings::Settings;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;
use tonic::transport::{Channel, Endpoint};

struct Nginx(Child);

impl Nginx {
    /// Starts nginx in front of a node, and returns its two addresses, for HTTP and for gRPC. nginx adds the address of each client to
    /// this header.
    fn before(node: SocketAddr, folder: &Path, header: ProxyHeader) -> (Self, [SocketAddr; 2]) {
        let [web, grpc] = [listener(), listener()].map(|listener| listener.local_addr().unwrap());
        let at = folder.display();
        let named = match header {
            ProxyHeader::XForwardedFor => "X-Forwarded-For $proxy_add_x_forwarded_for",
            ProxyHeader::Forwarded => "Forwarded $forwarded",
        };
        let config = format!(
            "daemon off; worker_processes 1; pid {at}/pid; error_log {at}/errors;
             events {{ worker_connections 256; }}
             http {{
               map $http_forwarded $forwarded {{ '' 'for=$remote_addr'; default '$http_forwarded, for=$remote_addr'; }}
               access_log off; proxy_buffering off; client_body_temp_path {at}/a; proxy_temp_path {at}/b; fastcgi_temp_path {at}/c;
               uwsgi_temp_path {at}/d; scgi_temp_path {at}/e;
               server {{ listen {web}; location / {{
                 proxy_pass http://{node}; proxy_set_header {named}; }} }}
               server {{ listen {grpc} http2; location / {{
                 grpc_pass grpc://{node}; grpc_set_header {named}; }} }}
             }}"
        );
        fs::write(folder.join("nginx.conf"), config).unwrap();
        let child = Command::new("nginx").arg("-p").arg(folder).arg("-c").arg(folder.join("nginx.conf")).spawn();
        let mut nginx = Self(child.unwrap());
        while std::net::TcpStream::connect(grpc).is_err() {
            assert!(nginx.0.try_wait().unwrap().is_none(), "nginx ended");
            std::thread::yield_now();
        }
        (nginx, [web, grpc])
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.0), rustix::process::Signal::TERM)
            .unwrap();
        self.0.wait().unwrap();
    }
}

/// Asks from the address 127.0.0.`from`, and returns the HTTP status.
async fn get(at: SocketAddr, from: u8, path: &str, more: &str) -> u16 {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((IpAddr::from([127, 0, 0, from]), 0).into()).unwrap();
    let mut stream = socket.connect(at).await.unwrap();
    let asked = format!("GET {path} HTTP/1.1\r\nhost: node\r\nconnection: close\r\n{more}\r\n");
    stream.write_all(asked.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split(' ').nth(1).unwrap_or_else(|| panic!("{answer:?}")).parse().unwrap()
}

/// Connects a gRPC client from the address 127.0.0.`from`.
async fn client(at: SocketAddr, from: u8) -> LedgerServiceClient<Channel> {
    let endpoint = Endpoint::from_shared(format!("http://{at}")).unwrap();
    let endpoint = endpoint.local_address(Some(IpAddr::from([127, 0, 0, from])));
    LedgerServiceClient::new(endpoint.connect().await.unwrap())
}

fn behind_a_proxy(header: ProxyHeader) -> Settings {
    Settings { trusted_proxies: "127.0.0.1".parse().unwrap(), proxy_header: header, ..Settings::default() }
}

#[test]
fn each_client_behind_a_proxy_has_streams_and_answers_of_its_own() {
    if !tools::nginx() {
        return;
    }
    let (world, folder, front) = (World::new(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    // The settings leave room for one trace of this product to one client, but not for two.
    let settings =
        Settings { sending_mib: 40, sending_per_address_mib: 12, ..behind_a_proxy(ProxyHeader::XForwardedFor) };
    let told = |at: usize| {
        let body = distribution(DistributionAction::Store, &world.dairy);
        let mut event = world.event(&world.dairy, vec![subject("01/09526543000013/10/L1")], body);
        event.notes = english(&format!("{at:0>1900}"));
        event.sign(&world.dairy.events()).unwrap()
    };
    let running = RealNode::holding(&world, folder.path(), &settings, (0..12 * GROUP_MAX).map(told));
    let (_nginx, [web, grpc]) = Nginx::before(running.node.address, front.path(), ProxyHeader::XForwardedFor);
    running.runtime.block_on(async {
        let (mut one, mut other) = (client(grpc, 2).await, client(grpc, 3).await);
        let mut open = Vec::new();
        let refused = loop {
            let (sender, requests) = mpsc::channel::<AppendStreamRequest>(1);
            match one.append_stream(ReceiverStream::new(requests)).await {
                Ok(answers) => open.push((sender, answers)),
                Err(refused) => break refused,
            }
        };
        assert!((2..=STREAMS_MAX).contains(&open.len()), "{} streams", open.len());
        assert_eq!(refused.code(), Code::ResourceExhausted, "{refused}");
        other.append_stream(tokio_stream::empty()).await.unwrap();

        let unread = async |from: u8| {
            let socket = TcpSocket::new_v4().unwrap();
            socket.set_recv_buffer_size(4 * 1024).unwrap();
            socket.bind((IpAddr::from([127, 0, 0, from]), 0).into()).unwrap();
            let mut stream = socket.connect(web).await.unwrap();
            stream.write_all(b"GET /trace/01/09526543000013/10/L1 HTTP/1.1\r\nhost: node\r\n\r\n").await.unwrap();
            let mut status = [0; 12];
            stream.read_exact(&mut status).await.unwrap();
            (stream, String::from_utf8(status.to_vec()).unwrap())
        };
        let (_one, first) = unread(4).await;
        let (_, second) = unread(4).await;
        let (_, other) = unread(5).await;
        assert_eq!([&first, &second, &other], ["HTTP/1.1 200", "HTTP/1.1 503", "HTTP/1.1 200"]);
    });
    running.stop();
}

#[test]
fn each_client_behind_a_proxy_has_limits_of_its_own() {
    if tools::nginx() {
        each_client_has_limits_of_its_own(ProxyHeader::XForwardedFor);
        each_client_has_limits_of_its_own(ProxyHeader::Forwarded);
    }
}

fn each_client_has_limits_of_its_own(header: ProxyHeader) {
    let (world, folder, front) = (World::new(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let settings =
        Settings { reads_per_second: 5, connections_per_address_max: 1, address_second: 1, ..behind_a_proxy(header) };
    let running = RealNode::start(&world, folder.path(), &settings);
    let (_nginx, [web, grpc]) = Nginx::before(running.node.address, front.path(), header);
    running.runtime.block_on(async {
        let reads = async |from: u8, more: &str| {
            let mut answers = Vec::new();
            for _ in 0..20 {
                answers.push(get(web, from, "/checkpoint", more).await);
            }
            answers.iter().filter(|status| **status == 429).count()
        };
        assert!(reads(2, "").await > 0, "one client is too fast");
        assert_eq!(get(web, 3, "/checkpoint", "").await, 200, "another one is not");
        // The node counts a client that names another address by its own address.
        assert!(reads(4, "x-forwarded-for: 127.0.0.5\r\nforwarded: for=127.0.0.5\r\n").await > 0);
        assert_eq!(get(web, 5, "/checkpoint", "").await, 200);
        for path in ["/metrics", "/scans"] {
            assert_eq!(get(web, 6, path, "").await, 404, "{path} is for operators");
        }
        assert_eq!(get(web, 6, "/readyz", "").await, 200);

        let mut clients = Vec::new();
        for from in 7..12 {
            clients.push(client(grpc, from).await);
        }
        for client in &mut clients {
            client.get_checkpoint(GetCheckpointRequest { audited: false }).await.unwrap();
        }
        let mut event =
            world.event(&world.dairy, vec![subject("01/09526543000013/10/L1")], KindBody::Production(production()));
        event.subjects[0].quantity = Some(quantity("900", "KGM"));
        let signed = event.sign(&world.dairy.events()).unwrap();
        let request = AppendRequest { event: signed.event, signature: signed.signature.as_bytes().to_vec() };
        clients[0].append(request).await.unwrap();
    });
    running.stop();
}
