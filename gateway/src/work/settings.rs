/// What the operator decides about the service; the configuration file is mapped to this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where buyers reach this gateway, `http://` or `https://`, ASCII, at most 256 bytes; announced on chain.
    pub endpoint: String,
    /// Version of the gateway, for `GET /v1/gateway`.
    pub version: String,
    pub limits: UploadLimits,
    pub windows: OfferWindows,
    pub retry: Retry,
    /// Photos leave with a signed manifest of what was done to them.
    pub content_credentials: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            endpoint: "http://127.0.0.1:8080".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            limits: UploadLimits::default(),
            windows: OfferWindows::default(),
            retry: Retry::default(),
            content_credentials: false,
        }
    }
}

/// Caps that are checked while an upload streams in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UploadLimits {
    /// Files of one dataset; the chain's layout allows 10,000.
    pub max_files: u32,
    pub max_file_bytes: u64,
    pub max_total_bytes: u64,
    /// Declared width × height; larger photos are refused before anything is decoded.
    pub max_pixels: u64,
}

impl Default for UploadLimits {
    fn default() -> Self {
        Self {
            max_files: 10_000,
            max_file_bytes: 64 << 20,
            max_total_bytes: 8 << 30,
            max_pixels: 50_000_000,
        }
    }
}

/// Terms of new offers. `None` takes the least that the chain allows, five times that for the delivery, and five times
/// the price for the bond.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OfferWindows {
    /// Blocks for a delivery before a buyer may take the money back.
    pub deliver_within: Option<u32>,
    /// Quiet blocks after a delivery before the seller is paid.
    pub dispute_within: Option<u32>,
    /// Planck on hold per offer.
    pub bond: Option<u128>,
}

/// Waits after a failure that may pass. Milliseconds; the wait doubles from `initial_ms` up to `max_ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    pub initial_ms: u64,
    pub max_ms: u64,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            initial_ms: 1_000,
            max_ms: 30_000,
        }
    }
}

impl Retry {
    /// The wait before attempt number `attempt`, counted from 0.
    pub fn wait_ms(self, attempt: u32) -> u64 {
        self.initial_ms
            .saturating_mul(1_u64.checked_shl(attempt.min(20)).unwrap_or(1))
            .min(self.max_ms)
    }
}
