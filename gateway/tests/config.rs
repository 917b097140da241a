//! `gateway.toml`: the sample, the defaults, and one refusal per bound.

use vouchsafe_gateway::config::{Config, ConfigError, SAMPLE, Sandbox};

#[test]
fn the_sample_equals_the_defaults() {
    assert_eq!(Config::parse(SAMPLE).unwrap(), Config::default());
}

#[test]
fn without_a_number_of_threads_there_is_one_per_core_and_at_most_eight() {
    let unasked = Config::default().worker.threads();
    let cores = std::thread::available_parallelism().unwrap().get();
    assert_eq!(unasked, cores.min(8));
    let asked = Config::parse("[worker]\nthreads = 64\n").unwrap();
    assert_eq!(asked.worker.threads(), 64);
}

#[test]
fn the_sample_shows_every_key() {
    // A commented key counts: it has no default that could be shown.
    let shown = |key: &str| {
        SAMPLE.lines().any(|line| {
            line.trim_start_matches(['#', ' '])
                .starts_with(&format!("{key} = "))
        })
    };
    for key in [
        "state_dir",
        "listen",
        "endpoint",
        "threads",
        "max_connections",
        "head_timeout_ms",
        "keep_alive_ms",
        "shutdown_timeout_s",
        "heartbeat_ms",
        "max_event_streams",
        "max_file_bytes",
        "max_body_bytes",
        "max_files",
        "max_metadata_bytes",
        "min_bytes_per_s",
        "window_ms",
        "deadline_s",
        "max_parallel",
        "sandbox",
        "photo_memory_bytes",
        "photo_timeout_s",
        "node",
        "genesis",
        "deliver_within_blocks",
        "dispute_within_blocks",
        "bond_planck",
        "retry_initial_ms",
        "retry_max_ms",
        "content_credentials",
        "library",
        "models_dir",
        "device",
        "preset",
        "filter",
        "format",
    ] {
        assert!(shown(key), "{key} is not in the sample");
    }
}

#[test]
fn the_empty_file_gives_the_defaults_and_the_defaults_are_within_bounds() {
    assert_eq!(Config::parse("").unwrap(), Config::default());
    assert_eq!(Config::load(None).unwrap(), Config::default());
    Config::default().validate().unwrap();
}

#[test]
fn an_unknown_key_is_refused_by_name_in_every_section() {
    let sections = [
        "",
        "[http]",
        "[upload]",
        "[chain]",
        "[offer]",
        "[worker]",
        "[anonymiser]",
        "[anonymiser.policy]",
        "[log]",
    ];
    for section in sections {
        let error = Config::parse(&format!("{section}\nmax_fotos = 3\n")).unwrap_err();
        assert!(matches!(error, ConfigError::Parse(_)));
        assert!(error.to_string().contains("max_fotos"), "{section}: {error}");
    }
}

#[test]
fn a_value_of_the_wrong_type_is_refused_with_its_line() {
    let error = Config::parse("[http]\nthreads = \"two\"\n")
        .unwrap_err()
        .to_string();
    assert!(error.contains("line 2"), "{error}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Config::load(Some("no/such/gateway.toml".as_ref())).unwrap_err();
    assert!(error.to_string().contains("no/such/gateway.toml"), "{error}");
}

#[test]
fn values_out_of_bounds_are_refused_with_key_and_bounds() {
    for (text, key) in [
        ("state_dir = \"\"", "state_dir"),
        ("[http]\nendpoint = \"ftp://x\"", "http.endpoint"),
        ("[http]\nendpoint = \"http://\"", "http.endpoint"),
        ("[http]\nendpoint = \"http://a b\"", "http.endpoint"),
        ("[http]\nthreads = 0", "http.threads"),
        ("[http]\nmax_connections = 0", "http.max_connections"),
        ("[http]\nhead_timeout_ms = 99", "http.head_timeout_ms"),
        ("[http]\nkeep_alive_ms = 999", "http.keep_alive_ms"),
        ("[http]\nshutdown_timeout_s = 0", "http.shutdown_timeout_s"),
        ("[http]\nheartbeat_ms = 60001", "http.heartbeat_ms"),
        ("[http]\nmax_event_streams = 0", "http.max_event_streams"),
        ("[upload]\nmax_file_bytes = 1", "upload.max_file_bytes"),
        ("[upload]\nmax_body_bytes = 1024", "upload.max_body_bytes"),
        ("[upload]\nmax_files = 10001", "upload.max_files"),
        ("[upload]\nmax_files = 0", "upload.max_files"),
        ("[upload]\nmax_metadata_bytes = 10", "upload.max_metadata_bytes"),
        ("[upload]\nwindow_ms = 1", "upload.window_ms"),
        ("[upload]\ndeadline_s = 0", "upload.deadline_s"),
        ("[upload]\nmax_parallel = 0", "upload.max_parallel"),
        ("[chain]\nnode = \"http://127.0.0.1\"", "chain.node"),
        (
            "[offer]\ndeliver_within_blocks = 0",
            "offer.deliver_within_blocks",
        ),
        (
            "[offer]\ndispute_within_blocks = 10000001",
            "offer.dispute_within_blocks",
        ),
        ("[offer]\nbond_planck = \"0\"", "offer.bond_planck"),
        ("[worker]\nthreads = 0", "worker.threads"),
        ("[worker]\nthreads = 65", "worker.threads"),
        (
            "[worker]\nphoto_memory_bytes = 536870911",
            "worker.photo_memory_bytes",
        ),
        ("[worker]\nphoto_timeout_s = 0", "worker.photo_timeout_s"),
        ("[worker]\nphoto_timeout_s = 3601", "worker.photo_timeout_s"),
        ("[worker]\nretry_initial_ms = 1", "worker.retry_initial_ms"),
        ("[worker]\nretry_max_ms = 11", "worker.retry_max_ms"),
    ] {
        let error = Config::parse(text).expect_err(text);
        let ConfigError::Bounds {
            key: found, wanted, ..
        } = &error
        else {
            panic!("{text}: {error}")
        };
        assert_eq!((*found, wanted.is_empty()), (key, false), "{text}");
    }
}

#[test]
fn a_policy_out_of_bounds_is_refused() {
    let error = Config::parse("[anonymiser.policy.output]\njpeg_quality = 10\n").unwrap_err();
    assert!(
        matches!(&error, ConfigError::Policy(text) if text.contains("jpeg_quality")),
        "{error}"
    );
}

#[test]
fn the_nets_run_on_the_device_that_is_named_and_other_names_are_refused() {
    for (named, meant) in [
        ("cpu", "cpu"),
        ("cuda", "cuda:0"),
        ("cuda:1", "cuda:1"),
        ("tensorrt:3", "tensorrt:3"),
    ] {
        let config = Config::parse(&format!("[anonymiser]\ndevice = \"{named}\"\n")).unwrap();
        assert_eq!(config.anonymiser.device.to_string(), meant);
    }
    for named in ["", "gpu", "cpu:0", "cuda:", "cuda:-1", "cuda:x"] {
        let error = Config::parse(&format!("[anonymiser]\ndevice = \"{named}\"\n")).unwrap_err();
        assert!(error.to_string().contains("cuda:N"), "{named}: {error}");
    }
}

#[test]
fn settings_carry_what_the_file_says() {
    let config = Config::parse(
        "[offer]\nbond_planck = \"77\"\ndeliver_within_blocks = 9\n[upload]\nmax_files = 5\n\
         [anonymiser.policy.limits]\nmax_pixels = 1000\n[http]\nendpoint = \"https://g.example\"\n",
    )
    .unwrap();
    let settings = config.settings();
    assert_eq!(
        (settings.windows.bond, settings.windows.deliver_within),
        (Some(77), Some(9))
    );
    assert_eq!(settings.windows.dispute_within, None);
    assert_eq!(
        (settings.limits.max_files, settings.limits.max_pixels),
        (5, 1_000)
    );
    assert_eq!(settings.endpoint, "https://g.example");
}

#[test]
fn the_sandbox_has_three_settings_and_no_other() {
    for (text, wanted) in [
        ("required", Sandbox::Required),
        ("best-effort", Sandbox::BestEffort),
        ("off", Sandbox::Off),
    ] {
        let config = Config::parse(&format!("[worker]\nsandbox = \"{text}\"\n")).unwrap();
        assert_eq!(config.worker.sandbox, wanted);
    }
    let error = Config::parse("[worker]\nsandbox = \"on\"\n").unwrap_err();
    assert!(error.to_string().contains("best-effort"), "{error}");
}
