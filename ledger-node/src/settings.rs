//! Settings of a node. A flag wins over the environment, the environment over `headwater.toml`, and the file over the default.
//!
//! `serve --show-config` prints every setting and its source.

use std::fmt::Display;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Context as _;
use clap::ArgMatches;
use clap::parser::ValueSource;
use headwater_event::base_url::BaseUrl;
use headwater_event::draft::{Scalar, scalar, value};
use headwater_event::fault::Fault;
use headwater_tlog::hash::Hash;
use headwater_tlog::note::NoteKey;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::proxies::{Network, ProxyHeader};

/// Declares the settings once: the macro makes flags, environment variables, file fields and defaults from the list.
macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $name:ident: $type:ty = $default:expr, $env:literal $($arg:ident = $value:expr)*;)+) => {
        /// The settings as flags and environment give them.
        #[derive(clap::Args, Debug, Default)]
        pub struct Flags {
            $($(#[doc = $doc])+ #[arg(long, env = $env $(, $arg = $value)*)] pub $name: Option<$type>,)+
        }

        /// The settings as a file gives them.
        #[derive(serde::Deserialize, Debug, Default)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        struct File {
            $($name: Option<$type>,)+
        }

        /// All settings of a node, after the merge of flags, environment, file and defaults.
        #[derive(Clone, Debug)]
        pub struct Settings {
            $($(#[doc = $doc])+ pub $name: $type,)+
        }

        impl Default for Settings {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        impl Settings {
            fn merge(flags: Flags, file: File, given: impl Fn(&str) -> &'static str) -> (Self, Vec<Shown>) {
                let mut shown = Vec::new();
                let settings = Self {
                    $($name: {
                        let (value, from) = match (flags.$name, file.$name) {
                            (Some(value), _) => (value, given(stringify!($name))),
                            (None, Some(value)) => (value, FILE),
                            (None, None) => ($default, "default"),
                        };
                        shown.push(Shown { name: stringify!($name).replace('_', "-"), value: value.show(), from });
                        value
                    },)+
                };
                (settings, shown)
            }
        }
    };
}

/// Name of the settings file that the node reads from its directory when the file exists.
pub const FILE: &str = "headwater.toml";

/// One setting, for people.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shown {
    /// Name of the setting in the file; the flag has two dashes before this name.
    pub name: String,
    /// Value of the setting, as text.
    pub value: String,
    /// Source of the value: `flag`, `environment`, `headwater.toml` or `default`.
    pub from: &'static str,
}

/// A value that can be written as text for people.
trait Show {
    fn show(&self) -> String;
}

macro_rules! shown_as_text {
    ($($type:ty),+) => {$(
        impl Show for $type {
            fn show(&self) -> String {
                self.to_string()
            }
        }
    )+};
}

shown_as_text!(SocketAddr, usize, u32, u64, bool, ProxyHeader);

impl Show for PathBuf {
    fn show(&self) -> String {
        self.display().to_string()
    }
}

impl<T: Display> Show for Maybe<T> {
    fn show(&self) -> String {
        self.0.as_ref().map(ToString::to_string).unwrap_or_default()
    }
}

impl<T: Display> Show for List<T> {
    fn show(&self) -> String {
        self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    }
}

/// A value that may be absent. An empty text is no value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Maybe<T>(pub Option<T>);

impl<T: Scalar> FromStr for Maybe<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() { Ok(Self(None)) } else { value(text).map(Some).map(Self) }
    }
}

impl<'de, T: Scalar> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// A list: separated by commas as a flag and in the environment, an array in the file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct List<T>(pub Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Scalar> List<T> {
    fn read<'a>(parts: impl IntoIterator<Item = &'a str>) -> Result<Self, Fault> {
        parts.into_iter().map(|part| scalar(part).map_err(|error| error.fault)).collect::<Result<_, _>>().map(Self)
    }
}

impl<T: Scalar> FromStr for List<T> {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        Self::read(text.split(',').map(str::trim).filter(|part| !part.is_empty()))
    }
}

impl<'de, T: Scalar> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parts = Vec::<String>::deserialize(deserializer)?;
        Self::read(parts.iter().map(String::as_str)).map_err(D::Error::custom)
    }
}

settings! {
    /// Address and port to listen on, for gRPC and HTTP.
    listen: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)), "HEADWATER_LISTEN";
    /// URL that labels carry, such as <https://id.trace.example>; without it, links use the host that a request names.
    public_url: Maybe<BaseUrl> = Maybe(None), "HEADWATER_PUBLIC_URL";
    /// Witnesses whose cosignatures the node accepts: their vkeys, separated by commas.
    witnesses: List<NoteKey> = List::default(), "HEADWATER_WITNESSES";
    /// Auditors whose cosignatures the node accepts: their vkeys, separated by commas.
    auditors: List<NoteKey> = List::default(), "HEADWATER_AUDITORS";
    /// Number of witnesses whose cosignatures make a checkpoint the audited one, where there are witnesses.
    witnesses_needed: usize = 1, "HEADWATER_WITNESSES_NEEDED";
    /// Number of auditors whose cosignatures make a checkpoint the audited one, where there are auditors.
    auditors_needed: usize = 1, "HEADWATER_AUDITORS_NEEDED";
    /// Places that serve a copy of this log's checkpoint, such as a mirror behind a web server: their URLs, separated by commas. Most of
    /// them have to follow this node before the node signs.
    anchor: List<BaseUrl> = List::default(), "HEADWATER_ANCHOR";
    /// Root of the newest checkpoint of a home that was moved or restored: lets the home sign in its new place. No other copy of the home
    /// may be served.
    take_over: Maybe<Hash> = Maybe(None), "HEADWATER_TAKE_OVER";
    /// Certificate chain, a PEM file; without it, the node speaks plain HTTP.
    tls_cert: PathBuf = PathBuf::new(), "HEADWATER_TLS_CERT";
    /// Private key of the certificate, a PEM file.
    tls_key: PathBuf = PathBuf::new(), "HEADWATER_TLS_KEY";
    /// Make a throw-away certificate for localhost, and write it to dev-tls.pem for clients to trust.
    dev_tls: bool = false, "HEADWATER_DEV_TLS" num_args = 0..=1 default_missing_value = "true";
    /// Record the first use of a code under a scratch layer, when a shopper enters the code on the page. The event is signed with
    /// operator-events.key.
    record_claims: bool = false, "HEADWATER_RECORD_CLAIMS" num_args = 0..=1 default_missing_value = "true";
    /// Address and port for operators, who ask for /metrics, /scans and /readyz; with port 0, the log of the node names the port.
    operator_listen: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), "HEADWATER_OPERATOR_LISTEN";
    /// Proxies in front of the node that may name the address of a caller: addresses and networks, separated by commas.
    trusted_proxies: List<Network> = List::default(), "HEADWATER_TRUSTED_PROXIES";
    /// Header in which these proxies name that address: x-forwarded-for, or forwarded (RFC 7239).
    proxy_header: ProxyHeader = ProxyHeader::default(), "HEADWATER_PROXY_HEADER";
    /// Record at the last time of the ledger while the clock is behind that time by a day at most. For a ledger that a clock ahead of time
    /// wrote.
    hold_time: bool = false, "HEADWATER_HOLD_TIME" num_args = 0..=1 default_missing_value = "true";
    /// Largest number of TCP connections in all.
    connections_max: usize = 10_000, "HEADWATER_CONNECTIONS_MAX";
    /// Largest number of TCP connections from one address.
    connections_per_address_max: usize = 64, "HEADWATER_CONNECTIONS_PER_ADDRESS_MAX";
    /// Largest number of reads from one address in a second.
    reads_per_second: u32 = 50, "HEADWATER_READS_PER_SECOND";
    /// MiB of answers that the node may be sending at once.
    sending_mib: u32 = 512, "HEADWATER_SENDING_MIB";
    /// MiB of answers that the node may be sending to one address at once.
    sending_per_address_mib: u32 = 128, "HEADWATER_SENDING_PER_ADDRESS_MIB";
    /// Events from one address in a second, over time; one that is refused for its author's fault counts as ten.
    address_second: u32 = 4_000, "HEADWATER_ADDRESS_SECOND";
    /// Events from one address at once, before the rate per second applies; at most 256 of them may be refused for their author's fault.
    address_burst: u32 = 40_000, "HEADWATER_ADDRESS_BURST";
    /// Events of one party in a second, over time.
    party_second: u64 = 2_000, "HEADWATER_PARTY_SECOND";
    /// Events of one party at once, before the rate per second applies.
    party_burst: u64 = 20_000, "HEADWATER_PARTY_BURST";
    /// Entries of one party in a day.
    party_day: u64 = 1_000_000, "HEADWATER_PARTY_DAY";
    /// Entries of one party on one subject in a day.
    party_subject_day: u64 = 256, "HEADWATER_PARTY_SUBJECT_DAY";
    /// Entries on a logistic unit in all.
    unit: u64 = 512, "HEADWATER_UNIT";
    /// MiB of files that one party may keep beside the ledger.
    attachments_per_party_mib: u32 = 65_536, "HEADWATER_ATTACHMENTS_PER_PARTY_MIB";
    /// MiB of the disk that attached files and the scan log leave free for the ledger.
    attachments_free_mib: u32 = 256, "HEADWATER_ATTACHMENTS_FREE_MIB";
    /// Places in the queue before the sequencer: an event takes one place, and one more for each 8 of its subjects.
    queue: usize = 4_096, "HEADWATER_QUEUE";
    /// Seconds that a commit may take; after that, the node takes the disk for failed and ends.
    commit_seconds: u64 = 30, "HEADWATER_COMMIT_SECONDS";
    /// Seconds after which an idle ledger writes an index head, so that readers see that the ledger is alive.
    idle_seconds: u64 = 600, "HEADWATER_IDLE_SECONDS";
}

impl Settings {
    /// Merges flags and environment with the file. A file that `--config` names has to exist; the default file may be absent.
    pub fn read(
        flags: Flags,
        matches: &ArgMatches,
        named: Option<&Path>,
        home: &Path,
    ) -> anyhow::Result<(Self, Vec<Shown>)> {
        let path = named.map_or_else(|| home.join(FILE), Path::to_owned);
        let file = match std::fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).with_context(|| format!("{}", path.display()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => File::default(),
            Err(error) => return Err(error).with_context(|| format!("{}", path.display())),
        };
        let given = |name: &str| match matches.value_source(name) {
            Some(ValueSource::EnvVariable) => "environment",
            _ => "flag",
        };
        Ok(Self::merge(flags, file, given))
    }

    /// Returns the limits that the ledger applies to authors and subjects.
    pub fn limits(&self) -> headwater_ledger::admission::Limits {
        headwater_ledger::admission::Limits {
            party_second: self.party_second,
            party_burst: self.party_burst,
            party_day: self.party_day,
            party_subject_day: self.party_subject_day,
            unit: self.unit,
            for_life: true,
            queue: self.queue,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, Command, FromArgMatches as _};

    use super::*;

    fn read(arguments: &[&str], file: Option<&str>) -> anyhow::Result<(Settings, Vec<Shown>)> {
        let folder = tempfile::tempdir()?;
        if let Some(text) = file {
            std::fs::write(folder.path().join(FILE), text)?;
        }
        let command = Flags::augment_args(Command::new("serve"));
        let matches = command.try_get_matches_from([&["serve"], arguments].concat())?;
        let flags = Flags::from_arg_matches(&matches)?;
        Settings::read(flags, &matches, None, folder.path())
    }

    fn from(shown: &[Shown], name: &str) -> (String, &'static str) {
        let found = shown.iter().find(|shown| shown.name == name).unwrap();
        (found.value.clone(), found.from)
    }

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
        let (settings, shown) =
            read(&["--unit", "7"], Some("unit = 8\nqueue = 9\ntrusted-proxies = [\"10.0.0.0/8\"]\n")).unwrap();
        assert_eq!((settings.unit, settings.queue, settings.party_day), (7, 9, 1_000_000));
        assert_eq!(from(&shown, "unit"), ("7".to_owned(), "flag"));
        assert_eq!(from(&shown, "queue"), ("9".to_owned(), FILE));
        assert_eq!(from(&shown, "trusted-proxies"), ("10.0.0.0/8".to_owned(), FILE));
        assert_eq!(from(&shown, "listen"), ("127.0.0.1:8080".to_owned(), "default"));
    }

    #[test]
    fn an_unknown_setting_or_a_wrong_value_is_named() {
        let unknown = format!("{:#}", read(&[], Some("units = 8\n")).unwrap_err());
        assert!(unknown.contains("units"), "{unknown}");
        let wrong = format!("{:#}", read(&[], Some("unit = \"many\"\n")).unwrap_err());
        assert!(wrong.contains("unit"), "{wrong}");
        assert!(read(&["--listen", "here"], None).is_err());
    }

    #[test]
    fn a_file_that_was_named_has_to_be_there() {
        let command = Flags::augment_args(Command::new("serve"));
        let matches = command.try_get_matches_from(["serve"]).unwrap();
        let missing = Path::new("nowhere.toml");
        assert!(Settings::read(Flags::default(), &matches, Some(missing), Path::new(".")).is_err());
    }
}
