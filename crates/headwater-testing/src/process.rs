//! `ledger-node` as a process of its own, which tests stop, kill, and run with another clock or on a failing disk.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use headwater_api::AppendRequest;
use headwater_api::ledger_service_client::LedgerServiceClient;
use headwater_api::refusal::Refusal;
use headwater_event::entry::SignedEventBytes;
use headwater_event::event::{Event, EventId, Role, SubjectRef};
use headwater_event::kind::KindBody;
use headwater_event::kind::sticker::{Sticker, StickerAction};
use headwater_event::place::UtcOffset;
use headwater_event::subject::{PartyKey, Subject};
use headwater_tlog::key::SecretKey;
use headwater_trace::evidence::Receipt;
use headwater_trace::policy::TrustPolicy;
use ledger_node::clock::now_ms;
use ledger_node::home::Home;
use tokio::runtime::Runtime;
use ureq::Agent;

/// Operator of the ledgers that [`init`] founds.
pub const OPERATOR: &str = "417/9526543000105";
/// Time after which a test stops waiting for a process.
const PATIENCE: Duration = Duration::from_secs(60);

/// Founds a ledger in a new folder, and returns the policy that its readers pin.
pub fn init(exe: &str, home: &Path) -> TrustPolicy {
    let made = Command::new(exe)
        .args(["init", "--origin", "log.example/h1", "--operator", OPERATOR, "--home"])
        .arg(home)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    TrustPolicy::parse(std::str::from_utf8(&made.stdout).unwrap()).unwrap()
}

/// Signs events of the operator: issued stickers, each of an item of its own.
pub struct Issuer {
    ledger: headwater_tlog::hash::Hash,
    secret: SecretKey,
}

impl Issuer {
    /// Takes the operator's events key from a home.
    pub fn of(policy: &TrustPolicy, home: &Path) -> Self {
        let secret = headwater_key::read(&Home::at(home).events_key()).unwrap();
        Self { ledger: policy.ledger_id(), secret }
    }

    /// Signs the event with a number, which is part of the event id and the item's serial.
    pub fn event(&self, number: u64) -> SignedEventBytes {
        let mut random = [0; 10];
        random[2..].copy_from_slice(&number.to_be_bytes());
        let now = now_ms();
        let sticker = Sticker {
            refs: Vec::new(),
            commitments: Vec::new(),
            action: StickerAction::Issued,
            tamper_id: None,
            reason: None,
            code: None,
        };
        let event = Event {
            ledger_id: self.ledger,
            event_id: EventId::at(now, random),
            party: PartyKey::parse(OPERATOR).unwrap(),
            key_id: self.secret.public().id(),
            role: Role::Platform,
            occurred_at_ms: now,
            utc_offset_minutes: UtcOffset::new(0).unwrap(),
            principal: None,
            subjects: vec![SubjectRef {
                key: Subject::parse(&format!("01/09526543000013/21/S{number}")).unwrap(),
                quantity: None,
                lot: None,
            }],
            place: None,
            after: Vec::new(),
            attachments: Vec::new(),
            notes: Vec::new(),
            body: KindBody::Sticker(sticker),
        };
        event.sign(&self.secret).unwrap()
    }
}

/// A running `ledger-node` process.
pub struct Serving {
    child: Child,
    /// Base URL of the public service.
    pub url: String,
    /// Base URL of the service for operators.
    pub operators: String,
    lines: Receiver<String>,
    /// Log lines from before the node served, which no test has read yet.
    start: RefCell<VecDeque<String>>,
    runtime: Runtime,
}

impl Serving {
    /// Serves a home on free ports.
    pub fn start(exe: &str, home: &Path, arguments: &[&str]) -> Self {
        Self::under(Command::new(exe), home, arguments)
    }

    /// Serves a home with a command, to which the arguments of the node are added.
    pub fn under(command: Command, home: &Path, arguments: &[&str]) -> Self {
        Self::try_under(command, home, arguments).unwrap_or_else(|lines| panic!("the node does not serve: {lines:#?}"))
    }

    /// Serves a home with a command. Returns the log lines of the process when the process ends before it serves.
    pub fn try_under(mut command: Command, home: &Path, arguments: &[&str]) -> Result<Self, Vec<String>> {
        command.args(["serve", "--log-format", "text", "--home"]).arg(home);
        if !arguments.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        let mut child = command.args(arguments).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let read = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        // A thread reads all log lines, so that the process never waits for a reader.
        std::thread::spawn(move || read.for_each(|line| drop(sender.send(line))));
        let mut all = Vec::new();
        let mut after = |words: &str| {
            loop {
                match lines.recv_timeout(PATIENCE) {
                    Ok(line) if line.contains(words) => {
                        break Some(line[line.find("http").unwrap()..].trim().to_owned());
                    }
                    Ok(line) => all.push(line),
                    Err(RecvTimeoutError::Disconnected) => break None,
                    Err(RecvTimeoutError::Timeout) => panic!("the node does not say {words:?}: {all:#?}"),
                }
            }
        };
        match after("for operators").and_then(|operators| Some((operators, after("serving")?))) {
            Some((operators, url)) => {
                let (start, runtime) = (RefCell::new(all.into()), Runtime::new().unwrap());
                Ok(Self { child, url, operators, lines, start, runtime })
            }
            None => {
                assert!(!child.wait().unwrap().success());
                Err(all)
            }
        }
    }

    /// Hands in an event once. Returns the receipt, or the reason of the refusal.
    pub fn append(&self, signed: SignedEventBytes) -> Result<Receipt, String> {
        let request = AppendRequest { event: signed.event, signature: signed.signature.as_bytes().to_vec() };
        let appended = self.runtime.block_on(async {
            let mut client = LedgerServiceClient::connect(self.url.clone()).await.unwrap();
            tokio::time::timeout(PATIENCE, client.append(request)).await
        });
        let appended = appended.map_err(|_| "NO_ANSWER".to_owned())?;
        let answer = appended.map_err(|status| {
            Refusal::of(&status).map_or_else(|| status.to_string(), |refusal| refusal.name().to_owned())
        })?;
        Ok(Receipt::parse(&answer.into_inner().receipt).unwrap())
    }

    /// Gets a path from the public or the operators' base URL. Returns the HTTP status and the text.
    pub fn get(&self, base: &str, path: &str) -> (u16, String) {
        let (status, body) = get(&format!("{base}{path}"));
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    /// The note of the newest checkpoint.
    pub fn checkpoint(&self) -> String {
        let (status, note) = self.get(&self.url, "/checkpoint");
        assert_eq!(status, 200, "{note}");
        note
    }

    /// Waits until `/readyz` reports that writes wait for this reason, or, without a reason, that no write waits. Returns the text.
    pub fn await_wait(&self, reason: Option<&str>) -> String {
        self.until(&format!("writes wait for {reason:?}"), |serving| {
            let (status, text) = serving.get(&serving.operators, "/readyz");
            let is_so = reason.map_or(status == 200, |reason| status == 503 && text.contains(reason));
            is_so.then_some(text)
        })
    }

    /// Asks again every 50 ms until there is an answer.
    pub fn until<T>(&self, what: &str, ask: impl Fn(&Self) -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(answer) = ask(self) {
                return answer;
            }
            assert!(began.elapsed() < PATIENCE, "it never came to this: {what}");
            // A pause between two questions; the test does not rely on its length.
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }

    /// Waits until the log has a line with these words, and returns the line.
    pub fn await_line(&self, words: &str) -> String {
        loop {
            let heard = self.start.borrow_mut().pop_front();
            match heard.map_or_else(|| self.lines.recv_timeout(PATIENCE), Ok) {
                Ok(line) if line.contains(words) => return line,
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => panic!("the log never says {words:?}"),
                Err(RecvTimeoutError::Disconnected) => panic!("the node ended and did not say {words:?}"),
            }
        }
    }

    /// Sends a signal to the process.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Waits for the end of the process.
    pub fn ended(mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "the process does not end");
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }

    /// Stops the process with SIGTERM, and returns its exit code.
    pub fn stop(self) -> Option<i32> {
        self.signal(rustix::process::Signal::TERM);
        self.ended().code()
    }

    /// Kills the process with SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // A failed test leaves no process behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Gets a URL. Returns the HTTP status and the body.
pub fn get(url: &str) -> (u16, Vec<u8>) {
    let agent: Agent = Agent::config_builder().http_status_as_error(false).build().into();
    let mut answer = agent.get(url).call().unwrap();
    let body = answer.body_mut().with_config().limit(64 << 20).read_to_vec().unwrap();
    (answer.status().as_u16(), body)
}
