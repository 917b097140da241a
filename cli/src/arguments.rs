//! The command line.

use crate::{
    amount, attest, auditor::AuditorCommand, evaluate, failure::EXIT_STATUSES, metadata, parents, rate, trust,
};
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use vouchsafe_documents::lineage;
use vouchsafe_evaluation::Metric;
use vouchsafe_protocol::{
    attestation::Class,
    id::{OfferId, OrderId, RecordId},
    record::Parent,
};

/// Sell, buy and audit anonymised datasets on a Vouchsafe chain.
#[derive(Debug, Parser)]
#[command(name = "vouchsafe", version, after_help = EXIT_STATUSES, max_term_width = 110)]
pub struct Arguments {
    /// WebSocket address of a node.
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "VOUCHSAFE_NODE",
        default_value = "ws://127.0.0.1:9944"
    )]
    pub node: String,
    /// Folder with your keys [default: $XDG_DATA_HOME/vouchsafe or ~/.local/share/vouchsafe].
    #[arg(long, global = true, value_name = "DIR", env = "VOUCHSAFE_HOME")]
    pub home: Option<PathBuf>,
    /// The key that signs and pays: a name from `vouchsafe key new`, or dev:alice on a development chain.
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "VOUCHSAFE_KEY",
        default_value = "default"
    )]
    pub key: String,
    /// Print the result as JSON on stdout; what goes on is told on stderr.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Anonymise a folder of photos in your own gateway, and offer the result.
    Sell {
        /// The folder; hidden files and folders below are left out.
        folder: PathBuf,
        /// For people, one line.
        #[arg(long)]
        title: String,
        /// For example "12.5 VCH", or a whole number of planck.
        #[arg(long, value_parser = amount::parse)]
        price: u128,
        /// For people, longer.
        #[arg(long, default_value = "")]
        description: String,
        /// A file with the licence's text, or an SPDX name such as CC-BY-4.0 [default: for the buyer's own use].
        #[arg(long, value_name = "FILE|NAME")]
        licence: Option<String>,
        /// For searching, a-z, 0-9 and -; may be given several times.
        #[arg(long = "tag", value_name = "TAG")]
        tags: Vec<String>,
        /// A record that this is derived from, and its share of what every sale earns in parts per million (0 to 1000000):
        /// 0x12…=250000 gives a quarter. May be given up to 8 times; the shares add up to at most 1000000.
        #[arg(long = "parent", value_name = "RECORD=SHARE", value_parser = parents::parse)]
        parents: Vec<Parent>,
        /// The metadata document of a parent, as its gateway served it; may be given several times [default: fetched from the
        /// parents' gateways]. Your gateway refuses a parent whose terms it does not know.
        #[arg(long = "parent-document", value_name = "FILE")]
        parent_documents: Vec<PathBuf>,
        /// Forbid that others derive records from this [default: with a licence of SPDX that forbids it; else nothing is
        /// said].
        #[arg(long)]
        no_derivatives: bool,
        /// Allow it to records that give at least this share of what every sale earns, in parts per million; 0 asks for
        /// nothing.
        #[arg(long, value_name = "SHARE", value_parser = parents::parse_share, conflicts_with = "no_derivatives")]
        derivatives_for: Option<u32>,
        /// Name of the policy that you rely on, such as street or event: a gateway that anonymises by another one takes
        /// nothing [default: the gateway's own].
        #[arg(long, value_name = "NAME")]
        policy: Option<String>,
        /// Parts of photos that stay as they are (a statue, an actor who agreed), as JSON: by file name a list of {"x", "y",
        /// "width", "height", "reason"}, in pixels of the photo as it is shown upright. At most 16 a photo. Reasons are in the
        /// public report: no names.
        #[arg(long, value_name = "FILE")]
        keep: Option<PathBuf>,
        /// A note of `gateway review` that lets out a photo which the gateway refused; may be given several times. It is
        /// shown in the public report, and the grade is "disguised" at best.
        #[arg(long = "override", value_name = "NOTE")]
        overrides: Vec<PathBuf>,
        /// Your gateway.
        #[arg(
            long,
            value_name = "URL",
            env = "VOUCHSAFE_GATEWAY",
            default_value = "http://127.0.0.1:8787"
        )]
        gateway: String,
        /// The gateway's operator token: operator.token in its state folder.
        #[arg(long, value_name = "FILE", env = "VOUCHSAFE_TOKEN_FILE")]
        token_file: Option<PathBuf>,
        /// Return as soon as the gateway has everything, and print the job.
        #[arg(long)]
        no_wait: bool,
    },
    /// List what is offered on the chain.
    Offers {
        /// Closed and frozen offers too.
        #[arg(long)]
        all: bool,
    },
    /// Download, check, pay, open. Interrupted anywhere, the same command goes on and never pays twice.
    Buy {
        /// The offer's id.
        offer: OfferId,
        /// The folder for the files.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Pay no more than this.
        #[arg(long, value_parser = amount::parse, value_name = "PRICE")]
        max_price: Option<u128>,
        /// The gateway's address, if not the one on chain.
        #[arg(long, value_name = "URL")]
        gateway: Option<String>,
        /// If what was delivered is not what was promised, file the proof without asking; see `dispute --help`.
        #[arg(long)]
        dispute: bool,
    },
    /// Prove that a seller cheated, and take the price back. Finds the bad chunk by itself, and files nothing without one.
    ///
    /// Filing makes public for ever what proves the fraud: the blind of this order, and with it the content of this
    /// offer. It opens no other offer and no other order, and costs no fee.
    Dispute {
        /// The order's id.
        order: OrderId,
        /// Look through the download kept in this folder, or in the folder of a `buy --out` [default: what the home
        /// keeps, else the gateway].
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,
        /// The gateway's address, if not the one on chain.
        #[arg(long, value_name = "URL")]
        gateway: Option<String>,
        /// File without asking.
        #[arg(long)]
        yes: bool,
        /// Show what would become public and whether it would be accepted, and file nothing.
        #[arg(long, conflicts_with = "yes")]
        dry_run: bool,
    },
    /// Take the deposit of an ended order back. The order, and the key in it, are then gone from the chain's state.
    Forget {
        /// The order's id.
        #[arg(required_unless_present = "all")]
        order: Option<OrderId>,
        /// Every ended order of this key.
        #[arg(long, conflicts_with = "order")]
        all: bool,
        /// Also where the bought files are not complete on this computer; without a terminal nothing is asked.
        #[arg(long)]
        yes: bool,
    },
    /// Say once whether a settled order was good, within 30 days. It weighs as much as the order burned.
    Rate {
        /// The order's id.
        order: OrderId,
        /// Your word.
        #[arg(value_enum)]
        word: rate::Word,
    },
    /// Show what is known of an account: in words, as a score, and what it would cost to fake it (docs/TRUST.md).
    Trust {
        /// An address or a key's name.
        account: String,
        /// As what it is judged.
        #[arg(long = "as", value_enum, value_name = "ROLE", default_value_t = trust::As::Seller)]
        role: trust::As,
    },
    /// Put what you found, as an auditor, into the record's log: once per record. What two auditors say alike is decided.
    Attest {
        /// The attestation that `evaluate` signed.
        file: PathBuf,
        /// The exact metric that is false: the photo, counted from 1, and the metric's name, as `evaluate` listed it.
        #[arg(long = "false", value_name = "ITEM:METRIC")]
        false_metric: Option<attest::Place<Metric>>,
        /// What you have seen in a photo with your own eyes, by which somebody can be recognised: the photo, counted from 1,
        /// and face, plate, text, code, person, vehicle, voice or metadata.
        #[arg(long = "seen", value_name = "ITEM:CLASS", conflicts_with = "false_metric")]
        sighting: Option<attest::Place<Class>>,
    },
    /// Say who may audit (docs/TRUST.md).
    Auditor {
        /// What is to be done.
        #[command(subcommand)]
        command: AuditorCommand,
    },
    /// Check the trail of a record: statement, signatures, report, metadata, content, offer and orders.
    Audit {
        /// The record's id.
        record: RecordId,
        /// The gateway's address, if not the one on chain.
        #[arg(long, value_name = "URL")]
        gateway: Option<String>,
    },
    /// Measure photos that you bought again, compare them row by row with what their record says of them, and sign how that
    /// came out.
    ///
    /// Which photos, the latest final block decides. Metrics that anybody computes bit for bit must be equal. There are no
    /// nets here: with --looked what `gateway look` saw is compared too, and a face that was left in is found.
    Evaluate {
        /// The record's id.
        #[arg(required_unless_present = "self_test")]
        record: Option<RecordId>,
        /// How many photos, 1 to 128; all, where there are fewer.
        #[arg(long, value_name = "COUNT", default_value_t = evaluate::ITEMS, value_parser = clap::value_parser!(u16).range(1..=128))]
        items: u16,
        /// Where the signed attestation goes [default: the beginning of the record's id, .vsa].
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// What nets see in the photos, as `gateway look --json` prints it; photos that are not in it are compared without.
        #[arg(long, value_name = "FILE")]
        looked: Option<PathBuf>,
        /// The gateway's address, if not the one on chain.
        #[arg(long, value_name = "URL")]
        gateway: Option<String>,
        /// Only check that this machine computes what the suite says, against its reference vectors.
        #[arg(long, conflicts_with = "record")]
        self_test: bool,
    },
    /// Gather what proves a record into one file, which verifies with no network, no node and no gateway.
    ///
    /// As the chain has it now; with --saved as of when it became final. Nothing is written that does not verify.
    Bundle {
        /// The record's id.
        record: RecordId,
        /// A file of the dataset to open, by its name there; may be given several times. With the gateway's token, or
        /// with the key that bought it and the files where they were unpacked. Whoever gets the bundle and has a
        /// candidate for an opened file can tell whether it is the right one.
        #[arg(long = "item", value_name = "NAME")]
        items: Vec<String>,
        /// The file to write [default: the beginning of the record's id, .vsb].
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// What the gateway saved when the record became final: needs no node.
        #[arg(long, requires = "gateway")]
        saved: bool,
        /// The gateway's address, if not the one on chain.
        #[arg(long, value_name = "URL")]
        gateway: Option<String>,
        /// The gateway's operator token, to open files as its operator.
        #[arg(long, value_name = "FILE", env = "VOUCHSAFE_TOKEN_FILE")]
        token_file: Option<PathBuf>,
        /// The trust anchor of whoever will verify, so that the bundle starts from a validator set in it.
        #[arg(long, value_name = "FILE", conflicts_with = "saved")]
        anchor: Option<PathBuf>,
    },
    /// Verify a bundle: no network, no node, no key. Prints every check with the standard behind it.
    Verify {
        /// The bundle.
        bundle: PathBuf,
        /// Files that are said to be of the dataset; each is looked for among the opened ones.
        files: Vec<PathBuf>,
        /// What you trust: a file of `vouchsafe anchor`, from a node that you trust. Without it a bundle proves only that
        /// it agrees with itself.
        #[arg(long, value_name = "FILE")]
        anchor: Option<PathBuf>,
        /// The oldest height that you take: a bundle knows nothing of what happened after its own.
        #[arg(long, value_name = "HEIGHT")]
        not_before: Option<u32>,
        /// Write the verdict as a page for people, too: one HTML file that loads nothing.
        #[arg(long, value_name = "FILE")]
        page: Option<PathBuf>,
    },
    /// Write down the chain and its validator sets as a node tells them: what `verify` trusts. Ask a node that you trust.
    Anchor {
        /// The file to write.
        #[arg(long, value_name = "FILE", default_value = "anchor.json")]
        out: PathBuf,
    },
    /// Erase a dataset of your own gateway: destroys key, salt, ciphertext and documents there, and says so on chain.
    Erase {
        /// The record's id.
        record: RecordId,
        /// Your gateway.
        #[arg(
            long,
            value_name = "URL",
            env = "VOUCHSAFE_GATEWAY",
            default_value = "http://127.0.0.1:8787"
        )]
        gateway: String,
        /// The gateway's operator token: operator.token in its state folder.
        #[arg(long, value_name = "FILE", env = "VOUCHSAFE_TOKEN_FILE")]
        token_file: Option<PathBuf>,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Show what a record is derived from, with grades, states, shares, and terms that are not kept.
    Lineage {
        /// The record's id.
        record: RecordId,
        /// tree, dot (Graphviz), svg or json.
        #[arg(long, default_value = "tree")]
        format: lineage::Format,
    },
    /// Print a record's metadata document (MLCommons Croissant), checked against the record's hash, or as DCAT-AP.
    Metadata {
        /// The record's id.
        record: RecordId,
        /// croissant prints the document byte for byte.
        #[arg(long, value_enum, default_value_t = metadata::Format::Croissant)]
        format: metadata::Format,
        /// The gateway's address, if not the one on chain.
        #[arg(long, value_name = "URL")]
        gateway: Option<String>,
    },
    /// Make or show keys.
    Key {
        /// What to do.
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Show what an account has.
    Balance {
        /// An address or a key's name [default: the one of --key].
        account: Option<String>,
    },
    /// Send money.
    Transfer {
        /// An address or a key's name.
        #[arg(long)]
        to: String,
        /// For example "12.5 VCH", or a whole number of planck.
        #[arg(long, value_parser = amount::parse)]
        amount: u128,
    },
}

/// Make or show keys.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make a new key; one that exists is left alone.
    New {
        /// Its name: 1 to 64 of a-z, 0-9, - and _ [default: the one of --key].
        name: Option<String>,
    },
    /// Show a key's account, never its secret.
    Show {
        /// Its name [default: the one of --key].
        name: Option<String>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_help_states_every_exit_status() {
        let help = Arguments::command().render_help().to_string();
        for status in 0..=18 {
            assert!(
                help.lines()
                    .any(|line| line.trim_start().starts_with(&format!("{status}  "))),
                "{status}"
            );
        }
    }

    #[test]
    fn global_options_may_follow_the_command() {
        let offer = OfferId([7; 32]).to_string();
        let given = [
            "vouchsafe",
            "buy",
            &offer,
            "--out",
            "x",
            "--key",
            "dev:bob",
            "--json",
        ];
        let arguments = Arguments::try_parse_from(given).unwrap();
        assert_eq!(arguments.key, "dev:bob");
        assert!(arguments.json);
        assert!(matches!(arguments.command, Command::Buy { offer, .. } if offer == OfferId([7; 32])));
    }

    #[test]
    fn one_order_or_all_are_forgotten_never_both_or_neither() {
        let order = OrderId([7; 32]).to_string();
        for (given, status) in [
            (&["vouchsafe", "forget", order.as_str()][..], None),
            (&["vouchsafe", "forget", "--all", "--yes"], None),
            (&["vouchsafe", "forget"], Some(2)),
            (&["vouchsafe", "forget", order.as_str(), "--all"], Some(2)),
        ] {
            let refused = Arguments::try_parse_from(given).err();
            assert_eq!(refused.map(|error| error.exit_code()), status, "{given:?}");
        }
    }

    #[test]
    fn derivation_is_forbidden_or_priced_never_both() {
        let sell = ["vouchsafe", "sell", "x", "--title", "t", "--price", "1 VCH"];
        for (more, status) in [
            (&["--no-derivatives"][..], None),
            (&["--derivatives-for", "250000"], None),
            (&["--derivatives-for", "25%"], Some(2)),
            (&["--derivatives-for", "1", "--no-derivatives"], Some(2)),
        ] {
            let refused = Arguments::try_parse_from(sell.iter().chain(more)).err();
            assert_eq!(refused.map(|error| error.exit_code()), status, "{more:?}");
        }
    }

    #[test]
    fn a_malformed_id_or_price_is_a_usage_error() {
        for given in [
            &["vouchsafe", "buy", "0x12", "--out", "x"][..],
            &["vouchsafe", "forget", "0x12"],
            &["vouchsafe", "dispute", "0x12"],
            &["vouchsafe", "lineage", "0x12"],
            &["vouchsafe", "rate", "0x12", "good"],
            &[
                "vouchsafe",
                "rate",
                "0707070707070707070707070707070707070707070707070707070707070707",
                "so-so",
            ],
            &["vouchsafe", "trust", "dev:bob", "--as", "buyer"],
            &[
                "vouchsafe",
                "lineage",
                "0707070707070707070707070707070707070707070707070707070707070707",
                "--format",
                "png",
            ],
            &["vouchsafe", "sell", "x", "--title", "t", "--price", "12.5"],
            &["vouchsafe", "transfer", "--to", "x", "--amount", "-1"],
        ] {
            assert_eq!(
                Arguments::try_parse_from(given).unwrap_err().exit_code(),
                2,
                "{given:?}"
            );
        }
    }
}
