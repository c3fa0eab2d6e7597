//! Logs as the holder of a log's key can make them: entries, a tree, an index that lies, a checkpoint over all of it, and a
//! server for them.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use headwater_audit::Source;
use headwater_event::codec::{Message as _, Set};
use headwater_event::entry::{Entry, EntryBody, IndexHead};
use headwater_event::subject::Subject;
use headwater_ledger::memory::MemoryStore;
use headwater_tlog::chain::{Chain, Link};
use headwater_tlog::checkpoint::Checkpoint;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::{Index, Key};
use headwater_tlog::tile::{TileKind, TilePath, bundle};
use headwater_tlog::tree::{LeafIndex, Tree, TreeSize};
use headwater_trace::chain_view::{ChainEntry, ChainView};
use headwater_trace::evidence::ChainLink;
use headwater_trace::omission::{ByEntry, OmissionProof, ShownBy};
use headwater_trace::recorded::{EntryContent, Recorded};
use headwater_trace::trace::{History, Included, IndexProof, SetProof, Trace};
use headwater_trace::verify::sets::{Commitment, commitments, is_closed};
use headwater_trace::walk::{Query, Relation, Walk};
use tokio::runtime::Runtime;

use crate::world::{ORIGIN, World, log_signer, subject};

/// A log whose maker chose the index freely.
pub struct Forged {
    /// Entries of the log, of which the last one is the index head.
    pub entries: Vec<Vec<u8>>,
    /// Tree over the entries, as RFC 6962 defines it.
    pub tree: Tree,
    /// Index from which the log answers; the index head may state another root.
    pub index: Index,
    /// Links of the chain of each subject, by index key.
    pub links: BTreeMap<Key, Vec<Link>>,
    /// Note of the checkpoint, signed by the log.
    pub note: String,
}

/// Entries of a log in memory, as the source of an audit.
pub struct InMemory(pub Vec<Vec<u8>>);

impl Source for InMemory {
    type Error = Infallible;

    fn entries(&mut self, from: LeafIndex, max: usize) -> Result<Vec<Vec<u8>>, Infallible> {
        Ok(self.0.iter().skip(from.get() as usize).take(max).cloned().collect())
    }
}

/// Makes a log of these entries that ends with an index head; `lie` may change the chains before they are indexed.
pub fn forge(entries: Vec<Vec<u8>>, lie: impl FnOnce(&mut BTreeMap<Key, Vec<Link>>)) -> Forged {
    let mut links: BTreeMap<Key, Vec<Link>> = BTreeMap::new();
    for (log_index, entry) in LeafIndex::FIRST.onward().zip(&entries) {
        let recorded = Recorded::parse(log_index, entry).unwrap();
        for named in recorded.subjects() {
            links.entry(named.index_key()).or_default().push(Link { log_index, leaf: recorded.leaf });
        }
    }
    lie(&mut links);
    let mut index = Index::new();
    index.update(
        links.iter().filter(|(_, links)| !links.is_empty()).map(|(key, links)| chain(key, links).leaf()).collect(),
    );
    let root = index.root();
    state(entries, index, links, root)
}

/// Makes a log of these entries whose last index head states any root.
pub fn state(mut entries: Vec<Vec<u8>>, index: Index, links: BTreeMap<Key, Vec<Link>>, root: Hash) -> Forged {
    let last_ms = entries.last().map_or(0, |entry| Entry::parse(entry).unwrap().recorded_at_ms);
    let head = Entry { recorded_at_ms: last_ms + 1, body: EntryBody::IndexHead(IndexHead { root }) };
    entries.push(head.encode());
    Forged { index, links, ..Forged::of(entries) }
}

/// The tree over encoded entries.
pub fn tree_of(entries: &[Vec<u8>]) -> Tree {
    let mut tree = Tree::new();
    for entry in entries {
        tree.push(Hash::leaf(entry)).unwrap();
    }
    tree
}

fn chain(key: &Key, links: &[Link]) -> Chain {
    links.iter().fold(Chain::new(*key), |chain, link| chain.extend(link.log_index, link.leaf))
}

/// The checkpoint of a tree at a size, unsigned.
pub fn checkpoint(tree: &Tree, size: TreeSize) -> Checkpoint {
    Checkpoint::new(ORIGIN, size, tree.root(size).unwrap()).unwrap()
}

/// The entries of a world without the last one, which is an index head.
pub fn unfinished(world: &World<MemoryStore>) -> Vec<Vec<u8>> {
    let mut entries = world.entries();
    entries.pop();
    entries
}

impl Forged {
    /// A log of just these entries, with an empty index and no chains.
    pub fn of(entries: Vec<Vec<u8>>) -> Self {
        let tree = tree_of(&entries);
        let note = checkpoint(&tree, tree.size()).sign(&log_signer()).unwrap().to_string();
        Self { entries, tree, index: Index::new(), links: BTreeMap::new(), note }
    }

    /// An entry with its inclusion proof.
    pub fn included(&self, place: u64) -> Included {
        let size = self.tree.size();
        let log_index = size.leaf(place).unwrap();
        let proof = self.tree.inclusion(log_index, size).unwrap();
        Included::new(log_index, self.entries[place as usize].clone(), &proof)
    }

    /// The trace of a subject as this forged log shows it, without the list of any set.
    pub fn trace(&self, query: &Query) -> Trace {
        self.trace_with(query, &[])
    }

    /// The trace of a subject as this forged log shows it, when its maker holds the lists of these sets.
    pub fn trace_with(&self, query: &Query, lists: &[Index]) -> Trace {
        let named = self.links.values().flatten().map(|link| link.log_index);
        let read = |at: LeafIndex| (at, Recorded::parse(at, &self.entries[at.get() as usize]).unwrap());
        let recorded: BTreeMap<LeafIndex, Recorded> = named.chain([LeafIndex::FIRST]).map(read).collect();
        let EntryContent::Genesis(genesis) = &recorded[&LeafIndex::FIRST].content else {
            panic!("entry 0 is a genesis")
        };
        let chain = |key: &Subject| {
            let links = self.links.get(&key.index_key()).into_iter().flatten();
            ChainView::of(links.map(|link| ChainEntry::of(&recorded[&link.log_index])).collect())
        };
        let list = |set: &Commitment| lists.iter().find(|list| list.root() == set.root);
        let sets = |item: &Subject| match item {
            Subject::Item(gtin, _) if chain(item).asks_sets(item) => {
                commitments(&chain(&Subject::Register(gtin.clone())))
            }
            _ => Vec::new(),
        };
        let holding = |item: &Subject| {
            let holds = |set: &Commitment| list(set).is_some_and(|list| list.find(&item.index_key()).is_some());
            sets(item).into_iter().filter(|set| !set.is_struck && holds(set)).collect::<Vec<_>>()
        };
        let mut walk = Walk::new(query, &genesis.operator);
        let mut chains: BTreeMap<Subject, Vec<LeafIndex>> = BTreeMap::new();
        while let Some(needed) = walk.next_subject() {
            let links = self.links.get(&needed.index_key()).cloned().unwrap_or_default();
            let places: Vec<LeafIndex> = links.iter().map(|link| link.log_index).collect();
            let places = if is_closed(&needed, places.len() as u64) { Vec::new() } else { places };
            let view = ChainView::of(places.iter().map(|at| ChainEntry::of(&recorded[at])).collect());
            let lots: Vec<Subject> = holding(&needed).into_iter().map(|set| set.lot).collect();
            walk.feed(&view, &lots);
            chains.insert(needed, places);
        }
        let visits = walk.into_found().visits;
        let inputs = visits.iter().filter(|visit| visit.relation == Relation::Input).map(|visit| &visit.subject);
        let mut shown: BTreeMap<(LeafIndex, String), SetProof> = BTreeMap::new();
        let mut show = |set: &Commitment, item: &Subject| {
            let proof = list(set).and_then(|list| IndexProof::of(&list.prove(&item.index_key())));
            let said = SetProof { log_index: set.log_index.get(), item: item.clone(), proof };
            shown.insert((set.log_index, item.to_string()), said);
        };
        sets(&query.subject).iter().for_each(|set| show(set, &query.subject));
        inputs.for_each(|item| holding(item).first().into_iter().for_each(|set| show(set, item)));
        let mut places: Vec<LeafIndex> =
            chains.values().flatten().copied().filter(|at| *at > LeafIndex::FIRST).collect();
        places.sort_unstable();
        places.dedup();
        let history = |(named, places): (Subject, Vec<LeafIndex>)| History {
            proof: IndexProof::of(&self.index.prove(&named.index_key())),
            subject: named,
            log_indexes: (!places.is_empty()).then(|| Set::new(places.into_iter().map(LeafIndex::get))),
        };
        let mut subjects: Vec<History> = chains.into_iter().map(history).collect();
        subjects.sort_by_key(|history| history.subject.to_string());
        Trace {
            checkpoint: self.note.clone().into_bytes(),
            genesis: self.included(0),
            index_head: self.included(self.entries.len() as u64 - 1),
            subjects,
            entries: places.into_iter().map(|at| self.included(at.get())).collect(),
            sets: shown.into_values().collect(),
            openings: Vec::new(),
            anchors: Vec::new(),
        }
    }

    /// A trace of another log, with this log's checkpoint, and with this log's entries and proofs at the same log indexes.
    pub fn retold(&self, trace: &Trace) -> Trace {
        let last = self.entries.len() as u64 - 1;
        Trace {
            checkpoint: self.note.clone().into_bytes(),
            genesis: self.included(0),
            index_head: self.included(last),
            entries: trace.entries.iter().map(|entry| self.included(entry.log_index)).collect(),
            ..trace.clone()
        }
    }

    /// The omission proof in its short form: one chain and one entry.
    pub fn omission(&self, key: &str, place: u64) -> OmissionProof {
        let named = subject(key);
        let links = self.links.get(&named.index_key()).cloned().unwrap_or_default();
        let shown_by = ShownBy::Entry(ByEntry {
            proof: IndexProof::of(&self.index.prove(&named.index_key())),
            subject: named,
            links: links.iter().map(|link| ChainLink { log_index: link.log_index.get(), leaf: link.leaf }).collect(),
            entry: self.included(place),
        });
        let index_head = self.included(self.entries.len() as u64 - 1);
        OmissionProof { checkpoint: self.note.clone().into_bytes(), index_head, shown_by }
    }
}

/// A server that serves a forged log, and records the cosignatures that it receives.
pub struct LyingNode {
    /// Base URL at which the server listens.
    pub url: String,
    /// Log that the server serves now; a test may replace it.
    pub serves: Arc<Mutex<Forged>>,
    /// Notes that cosigners posted to the server.
    pub cosigned: Arc<Mutex<Vec<String>>>,
    _runtime: Runtime,
}

type Served = (Arc<Mutex<Forged>>, Arc<Mutex<Vec<String>>>);

impl LyingNode {
    /// Starts a server for a log on a free port of 127.0.0.1.
    pub fn start(forged: Forged) -> Self {
        let runtime = Runtime::new().unwrap();
        let (serves, cosigned) = (Arc::new(Mutex::new(forged)), Arc::new(Mutex::new(Vec::new())));
        let app = Router::new()
            .route("/checkpoint", get(async |State((forged, _)): State<Served>| forged.lock().unwrap().note.clone()))
            .route("/tile/{*path}", get(tile))
            .route(
                "/add-cosignatures",
                post(async |State((_, cosigned)): State<Served>, note: String| cosigned.lock().unwrap().push(note)),
            )
            .with_state((serves.clone(), cosigned.clone()));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async move { axum::serve(listener, app).await });
        Self { url, serves, cosigned, _runtime: runtime }
    }
}

async fn tile(State((forged, _)): State<Served>, Path(path): Path<String>) -> Result<Vec<u8>, StatusCode> {
    let forged = forged.lock().unwrap();
    let path = TilePath::parse(&format!("tile/{path}")).map_err(|_| StatusCode::BAD_REQUEST)?;
    if path.size_needed().is_none_or(|needed| needed > forged.tree.size()) {
        return Err(StatusCode::NOT_FOUND);
    }
    let from = path.index() * 256;
    match path.kind() {
        TileKind::Entries => {
            let entries = forged.entries[from as usize..].iter().take(path.width() as usize);
            bundle(entries.map(Vec::as_slice)).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
        }
        TileKind::Hashes { level } => {
            let hashes = (from..from + path.width()).map(|at| forged.tree.node(u32::from(level) * 8, at).unwrap());
            Ok(hashes.flat_map(|hash| *hash.as_bytes()).collect())
        }
    }
}
