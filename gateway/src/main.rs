//! The command line of the gateway. What it does lives in the library; here is only what belongs to a process:
//! arguments, logs, signals, exit codes.

use std::{
    error::Error,
    io::{self, IsTerminal, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{self, ExitCode},
    sync::{Arc, Mutex, PoisonError},
};

use actix_web::web::Data;
use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use tokio::{
    runtime::{Builder, Handle},
    signal::unix::{SignalKind, signal},
};
use tracing_subscriber::EnvFilter;
use vouchsafe_gateway::{
    adapters::{QUIET_RUNTIME, SystemClock, SystemEntropy, run_anonymise_worker},
    anonymise_command::{self, Existing, Request},
    assembly::{
        OpenedAnonymisers, OpenedKeys, existing_keys, open_anonymisers, open_keys, open_onlooker,
        open_service, passing_noise,
    },
    config::{Config, LogFormat, Sandbox, read_policy},
    domain::KeepList,
    http::{Api, OPENAPI, OperatorToken, Stop, TOKEN_FILE, WorkerAlive, serve},
    look_command,
    ports::Clock,
    review_command::{self, Reviewed},
    work::Running,
};

/// A seller's own gateway: takes raw photos, lists anonymised and encrypted datasets on a Vouchsafe chain, and
/// delivers keys for finalised orders. `gateway anonymise` needs neither chain nor server.
#[derive(Parser)]
#[command(name = "gateway", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves HTTP, anonymises what is handed in, and follows the chain, until SIGTERM or Ctrl-C.
    Serve {
        /// Settings; without it every setting has its default (see gateway.toml in the source).
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Shows account and record key; creates the seed on first use.
    Key {
        /// Settings; names the state folder.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        /// Print the root certificate behind content credentials (PEM), for readers that shall trust this gateway.
        #[arg(long, conflicts_with = "json")]
        credentials_root: bool,
    },
    /// Anonymises a photo, or all photos of a folder, as the service would: the same bytes come out.
    ///
    /// Exit status 1 when a file was refused; the others are done all the same. No half-written file is ever left
    /// under a photo's name. When an output is there already, nothing is done at all: see --resume and --replace.
    ///
    /// Photos are taken by as many threads as --threads or else `worker.threads` of the settings says; outputs and report
    /// are the same with any number.
    Anonymise {
        /// A JPEG, PNG or WebP photo, or a folder of them.
        #[arg(value_name = "IN")]
        input: PathBuf,
        /// A file for a photo; a folder, made if need be, for a folder.
        #[arg(value_name = "OUT")]
        output: PathBuf,
        /// Write one report per file and a summary here, as JSON.
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
        /// Settings; [anonymiser], upload.max_file_bytes and [worker] count. The noise of mosaics is drawn from the seed in
        /// its state folder where there is one, and else from a key that ends with this run.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Parts of photos that stay as they are (a statue, an actor who agreed), as JSON: by the photo's name, in a folder
        /// its path from there with /, a list of {"x", "y", "width", "height", "reason"}, in pixels of the photo as it is
        /// shown upright. What is found in them is counted and left.
        #[arg(long, value_name = "FILE")]
        keep: Option<PathBuf>,
        /// What is looked for and what is done about it: "street", "event", "training-data", "strict", or a TOML file.
        /// Default: `anonymiser.policy` of the settings.
        #[arg(long, value_name = "NAME|FILE")]
        policy: Option<String>,
        /// Read photos in processes that have locked themselves in: "required" does nothing unless every lock holds,
        /// "best-effort" warns of what is missing, "off" reads them in this process. Default: `worker.sandbox`.
        #[arg(long, value_name = "HOW")]
        sandbox: Option<Sandbox>,
        /// Photos taken at the same time, 1 to 64, in place of `worker.threads`.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
        threads: Option<u8>,
        /// Go on with an earlier run, also one that was cut short: keep the outputs that the report FILE (or FILE.progress,
        /// left by such a run) vouches for with the same settings, do the rest.
        #[arg(long, requires = "report", conflicts_with = "replace")]
        resume: bool,
        /// Overwrite outputs and report where they are there already.
        #[arg(long)]
        replace: bool,
        /// Print the report as JSON instead of sentences, with the place, class and score of everything that was found.
        #[arg(long)]
        json: bool,
    },
    /// Looks at finished photos with the nets of the second look, and writes nothing.
    ///
    /// For whoever evaluates a record: counts by class what should be gone and is still seen, and common objects. Where masks
    /// are is told by their colour alone. `vouchsafe evaluate --looked FILE` compares what --json prints with the record's
    /// rows. Needs neither chain nor seed.
    ///
    /// Exit status 1 when a file could not be read or is no photo; the others are looked at all the same.
    Look {
        /// JPEG, PNG or WebP photos, or folders of them; folders inside are not looked into.
        #[arg(value_name = "PATH", required = true)]
        paths: Vec<PathBuf>,
        /// Whose classes and thresholds count: "street", "event", "training-data", "strict", or a TOML file. Take the one that
        /// the record's report names. Default: `anonymiser.policy` of the settings.
        #[arg(long, value_name = "NAME|FILE")]
        policy: Option<String>,
        /// Settings; [anonymiser], upload.max_file_bytes and [worker] count.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// As for `gateway anonymise`.
        #[arg(long, value_name = "HOW")]
        sandbox: Option<Sandbox>,
        /// Print JSON (vouchsafe/look/1) instead of sentences.
        #[arg(long)]
        json: bool,
    },
    /// Shows what the second look refuses a photo for, and lets it out on your word.
    ///
    /// Writes the photo as it would leave, with everything masked that can be, and tells what is still seen in it and
    /// where. Look at it. With --text and --note it then writes a note, signed with this gateway's record key, for
    /// `vouchsafe sell --override`: it counts for these very bytes, this policy and these models only. Note and text go
    /// into the public report, and the dataset's grade is "disguised" at best. Needs the gateway's seed.
    ///
    /// Exit status 1 when there is nothing that a note could let out.
    Review {
        /// The photo.
        #[arg(value_name = "PHOTO")]
        input: PathBuf,
        /// Where to write the photo as it would leave.
        #[arg(long, value_name = "FILE")]
        preview: PathBuf,
        /// Why it may leave, for the public report: no names. At most 400 characters.
        #[arg(long, requires = "note")]
        text: Option<String>,
        /// Where to write the signed note.
        #[arg(long, value_name = "FILE", requires = "text")]
        note: Option<PathBuf>,
        /// The regions that the sale exempts, as for `gateway anonymise`, under the photo's file name.
        #[arg(long, value_name = "FILE")]
        keep: Option<PathBuf>,
        /// The service's settings.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Prints the OpenAPI document of the HTTP interface.
    Openapi,
    /// Started by the gateway itself, once for each worker thread: reads photos and nothing else.
    #[command(hide = true)]
    AnonymiseWorker,
}

type Outcome = Result<ExitCode, Box<dyn Error>>;

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve { config } => run_service(config.as_deref()),
        Command::Key {
            config,
            json,
            credentials_root,
        } => show_key(config.as_deref(), json, credentials_root),
        Command::Anonymise {
            input,
            output,
            report,
            config,
            keep,
            policy,
            sandbox,
            threads,
            resume,
            replace,
            json,
        } => anonymise(
            config.as_deref(),
            Overrides {
                policy,
                sandbox,
                threads,
            },
            keep.as_deref(),
            json,
            |max_file_bytes, keep| Request {
                input,
                output,
                report,
                existing: match (resume, replace) {
                    (true, _) => Existing::Resume,
                    (false, true) => Existing::Replace,
                    (false, false) => Existing::Refuse,
                },
                max_file_bytes,
                keep,
            },
        ),
        Command::Look {
            paths,
            policy,
            config,
            sandbox,
            json,
        } => look(config.as_deref(), policy.as_deref(), sandbox, paths, json),
        Command::Review {
            input,
            preview,
            text,
            note,
            keep,
            config,
        } => review(config.as_deref(), input, preview, text.zip(note), keep.as_deref()),
        Command::Openapi => print(OPENAPI),
        Command::AnonymiseWorker => Ok(run_anonymise_worker()),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {}", with_causes(&*error));
        ExitCode::FAILURE
    })
}

/// The error and its causes, each said once.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        next = cause.source();
    }
    text
}

/// Prints; a reader that has gone away is no error.
fn print(text: &str) -> Outcome {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}

fn start_log(config: &Config) -> Result<(), Box<dyn Error>> {
    let directives = std::env::var("RUST_LOG").unwrap_or_else(|_| config.log.filter.clone());
    let filter =
        EnvFilter::try_new(&directives).map_err(|cause| format!("log filter {directives:?}: {cause}"))?;
    let colours = io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(colours);
    match config.log.format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().init(),
    }
    Ok(())
}

fn keys(config: &Config) -> Result<OpenedKeys, Box<dyn Error>> {
    let opened = open_keys(&config.state_dir)?;
    if opened.seed_is_new {
        eprintln!(
            "A new seed is in {}. Back it up now: whoever loses it loses the gateway's account, and with the journal beside \
             it the keys of everything it sells.",
            opened.seed_path.display()
        );
    }
    Ok(opened)
}

/// Starts this program anew, in its own place, with ONNX Runtime's reports to its maker switched off: needed where the
/// library is loaded here and not in a process that is given its environment.
fn quiet_runtime() -> io::Result<()> {
    if std::env::var_os(QUIET_RUNTIME).is_some() {
        return Ok(());
    }
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_else(|| "gateway".into());
    let mut again = process::Command::new("/proc/self/exe");
    Err(again.arg0(name).args(arguments).env(QUIET_RUNTIME, "1").exec())
}

fn run_service(config: Option<&Path>) -> Outcome {
    let config = Config::load(config)?;
    if config.worker.sandbox == Sandbox::Off {
        quiet_runtime()?;
    }
    start_log(&config)?;
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("gateway")
        .enable_all()
        .build()?;
    runtime.block_on(run_until_told(&config))
}

async fn run_until_told(config: &Config) -> Outcome {
    let keys = keys(config)?.keys;
    let token = OperatorToken::open(&config.state_dir)?;
    let OpenedAnonymisers {
        all: workers,
        pipeline,
        lock_down,
    } = open_anonymisers(config, config.worker.sandbox, keys.noise())?;
    for lacking in &lock_down.lacking {
        tracing::warn!(lacking, "the sandbox for photos is not complete");
    }
    tracing::info!(
        sandbox = lock_down.text(),
        provider = pipeline.provider,
        policy = pipeline.policy,
        pipeline = %pipeline.digest,
        "models are loaded"
    );
    let service = open_service(
        &config.state_dir,
        keys,
        &config.chain.node,
        config.chain.genesis,
        config.settings(),
        pipeline,
    )?;

    let stop = Stop::default();
    stop_on_signal(stop.clone())?;
    let running = Arc::new(Mutex::new(Some(Running::start(
        service.clone(),
        workers,
        &Handle::current(),
    )?)));
    let asked = running.clone();
    let alive = WorkerAlive::new(move || {
        asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .is_some_and(Running::is_alive)
    });
    let api = Data::new(Api::new(service, token, config, alive, &stop));
    let token_path = config.state_dir.join(TOKEN_FILE);
    let served = serve(api, &config.http, &stop, |address| {
        tracing::info!(%address, token = %token_path.display(), node = config.chain.node, "listening");
        // For scripts that chose port 0; a reader that has gone away does not matter.
        let _ = writeln!(io::stdout(), "listening on http://{address}");
    })
    .await;
    let running = running.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(running) = running {
        tracing::info!("waiting for the step under way");
        running.stop().await;
    }
    served?;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

fn stop_on_signal(stop: Stop) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: no new requests, running ones are finished");
        stop.ask();
    });
    Ok(())
}

fn show_key(config: Option<&Path>, as_json: bool, credentials_root: bool) -> Outcome {
    let config = Config::load(config)?;
    let OpenedKeys { keys, seed_path, .. } = keys(&config)?;
    if credentials_root {
        return print(&keys.credentials().root_pem());
    }
    let account = keys.account();
    let ss58 = keys.account_ss58();
    let record = hex::encode(keys.record_public());
    if as_json {
        return print(&format!(
            "{}\n",
            json!({ "account": account, "ss58": ss58, "record_key": format!("0x{record}") })
        ));
    }
    print(&format!(
        "account     {ss58}\n            {account}\nrecord key  0x{record}\nseed        {} (back it up)\n",
        seed_path.display()
    ))
}

/// What the command line says in place of the settings.
struct Overrides {
    policy: Option<String>,
    sandbox: Option<Sandbox>,
    threads: Option<u8>,
}

fn anonymise(
    config: Option<&Path>,
    overrides: Overrides,
    keep: Option<&Path>,
    as_json: bool,
    request: impl FnOnce(u64, KeepList) -> Request,
) -> Outcome {
    let mut config = Config::load(config)?;
    if let Some(policy) = &overrides.policy {
        config.anonymiser.policy = read_policy(policy)?;
    }
    if let Some(threads) = overrides.threads {
        config.worker.threads = Some(threads.into());
    }
    let request = request(config.upload.max_file_bytes, keep_list(keep)?);
    let sandbox = overrides.sandbox.unwrap_or(config.worker.sandbox);
    if sandbox == Sandbox::Off {
        quiet_runtime()?;
    }
    let keys = existing_keys(&config.state_dir)?;
    let noise = keys.map_or_else(passing_noise, |keys| keys.noise().clone());
    let mut opened = open_anonymisers(&config, sandbox, &noise)?;
    for lacking in &opened.lock_down.lacking {
        eprintln!("warning: the sandbox for photos is not complete: {lacking}");
    }
    let bar = photos_bar();
    let report = anonymise_command::run(&mut opened.all, &request, &mut |progress| {
        bar.set_length(progress.total as u64);
        bar.set_position(progress.done as u64);
    });
    bar.finish_and_clear();
    let report = report?;
    if as_json {
        print(&format!(
            "{}\n",
            serde_json::to_string_pretty(&report.with_masks()?)?
        ))?;
    } else {
        print(&report.sentences())?;
    }
    Ok(if report.summary.refused == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Drawn on standard error, and only where that is a terminal.
fn photos_bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    let style = "{wide_bar} {pos}/{len} photos, {elapsed} gone, {eta} to go";
    bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

fn look(
    config: Option<&Path>,
    policy: Option<&str>,
    sandbox: Option<Sandbox>,
    paths: Vec<PathBuf>,
    as_json: bool,
) -> Outcome {
    let mut config = Config::load(config)?;
    if let Some(policy) = policy {
        config.anonymiser.policy = read_policy(policy)?;
    }
    let sandbox = sandbox.unwrap_or(config.worker.sandbox);
    if sandbox == Sandbox::Off {
        quiet_runtime()?;
    }
    let mut opened = open_onlooker(&config, sandbox)?;
    for lacking in &opened.lock_down.lacking {
        eprintln!("warning: the sandbox for photos is not complete: {lacking}");
    }
    let request = look_command::Request {
        paths,
        max_file_bytes: config.upload.max_file_bytes,
    };
    let bar = photos_bar();
    let looked = look_command::run(&mut *opened.one, &request, &mut |done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    let looked = looked?;
    if as_json {
        print(&format!("{}\n", serde_json::to_string_pretty(&looked)?))?;
    } else {
        print(&look_command::sentences(&looked))?;
    }
    Ok(if looked.unseen.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The list of `--keep`; an empty one without it.
fn keep_list(path: Option<&Path>) -> Result<KeepList, Box<dyn Error>> {
    let Some(path) = path else {
        return Ok(KeepList::default());
    };
    let shown = path.display();
    let json = std::fs::read(path).map_err(|cause| format!("cannot read {shown}: {cause}"))?;
    Ok(KeepList::parse(&json).map_err(|cause| format!("{shown}: {cause}"))?)
}

fn review(
    config: Option<&Path>,
    input: PathBuf,
    preview: PathBuf,
    sign: Option<(String, PathBuf)>,
    keep: Option<&Path>,
) -> Outcome {
    let mut config = Config::load(config)?;
    config.worker.threads = Some(1);
    let name = input
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let request = review_command::Request {
        keep: keep_list(keep)?.of(&name),
        input,
        preview,
        sign,
        max_file_bytes: config.upload.max_file_bytes,
    };
    if config.worker.sandbox == Sandbox::Off {
        quiet_runtime()?;
    }
    let seed = config.state_dir.join("seed");
    let keys = existing_keys(&config.state_dir)?.ok_or_else(|| {
        let seed = seed.display();
        format!("there is no seed at {seed}: a review is for the gateway that is to sell the photo")
    })?;
    let mut opened = open_anonymisers(&config, config.worker.sandbox, keys.noise())?;
    let one = opened
        .all
        .first_mut()
        .expect("a valid configuration has a thread; qed");
    let reviewed = review_command::run(&mut **one, &request, &keys, &SystemEntropy, SystemClock.now())?;
    print(&reviewed.sentences(&request.preview))?;
    Ok(match reviewed {
        Reviewed::Left { .. } => ExitCode::SUCCESS,
        Reviewed::Clean | Reviewed::Refused(_) => ExitCode::FAILURE,
    })
}
