//! Every number of the chain that is a decision rather than a consequence, in one place, with its reason.

use crate::{Balance, BlockNumber};
use frame_support::weights::{Weight, constants::WEIGHT_REF_TIME_PER_MILLIS};
use sp_runtime::{Perbill, Perquintill};

/// One coin. Its symbol is VCH and it has 12 decimals.
pub const VCH: Balance = 1_000_000_000_000;
/// A thousandth of a coin.
pub const MILLI: Balance = VCH / 1_000;
/// A millionth of a coin.
pub const MICRO: Balance = VCH / 1_000_000;

/// The coin's symbol, as wallets show it.
pub const TOKEN_SYMBOL: &str = "VCH";
/// Digits behind the point.
pub const TOKEN_DECIMALS: u8 = 12;
/// The prefix of addresses in text: the generic one.
pub const SS58_PREFIX: u16 = 42;

/// The least balance with which an account exists: a small part of what a transfer costs, so that whoever can pay
/// for a transfer can keep an account, and an account with less is dust.
pub const EXISTENTIAL_DEPOSIT: Balance = 10 * MICRO;

/// Slot duration of a chain whose genesis names none, in milliseconds.
pub const DEFAULT_SLOT_MS: u64 = 2_000;
/// Slot duration of the development preset, in milliseconds.
pub const DEV_SLOT_MS: u64 = 1_000;
/// The shortest slot that a genesis may ask for. A block may use [`MAX_BLOCK_WEIGHT`] to build and as much again to
/// import, so anything shorter could not keep up with full blocks.
pub const MIN_SLOT_MS: u64 = 1_000;
/// The longest slot that a genesis may ask for: a minute.
pub const MAX_SLOT_MS: u64 = 60_000;

/// How much work one block may hold: half of the shortest slot, because an author builds a block only after it has
/// imported the one before.
pub const MAX_BLOCK_WEIGHT: Weight = Weight::from_parts(500 * WEIGHT_REF_TIME_PER_MILLIS, u64::MAX);
/// How long one block may be, in bytes.
pub const MAX_BLOCK_LENGTH: u32 = 4 * 1024 * 1024;
/// The share of a block that ordinary calls may fill; the rest is for operational ones.
pub const NORMAL_DISPATCH_RATIO: Perbill = Perbill::from_percent(75);
/// How many block hashes the state remembers, which bounds the life of a mortal transaction.
pub const BLOCK_HASH_COUNT: BlockNumber = 4_096;

/// Length of a session in blocks: five minutes with two-second slots. A change of validators or of their keys takes
/// effect with the session after next.
pub const SESSION_LENGTH: BlockNumber = 150;
/// The most validators there may be.
pub const MAX_VALIDATORS: u32 = 32;
/// How many past GRANDPA sets stay tied to the session in which they began.
pub const MAX_SET_ID_SESSIONS: u64 = 168;
/// What a validator has on hold while its session keys are registered.
pub const SESSION_KEY_DEPOSIT: Balance = VCH;

/// The fee of the fixed part of every transaction (signature, nonce, payment) at the least multiplier; weight costs
/// in proportion. A transfer comes to about 0.2 mVCH for its work.
pub const BASE_TRANSACTION_FEE: Balance = MILLI / 10;
/// The fee of one byte of a transaction. A transfer of 150 bytes pays about as much for its length as for its work.
pub const BYTE_FEE: Balance = MICRO;
/// How full blocks should be. Fuller, and the fee of weight rises with every block; emptier, and it falls.
pub const TARGET_FULLNESS: Perquintill = Perquintill::from_percent(25);
/// How fast the multiplier follows: full blocks multiply fees by ten in about 20 minutes of two-second slots.
pub const MULTIPLIER_STEP: (u32, u32) = (5, 1_000);
/// The multiplier of an idle chain. Fees never fall below it, so that a quiet chain has foreseeable prices.
pub const MIN_MULTIPLIER: u32 = 1;
/// The multiplier that a flooded chain may reach at most, low enough that a flood cannot lock everybody out for long.
pub const MAX_MULTIPLIER: u32 = 10_000;
/// By how much the queue prefers an operational call to an ordinary one of the same fee.
pub const OPERATIONAL_FEE_MULTIPLIER: u8 = 5;

/// Blocks in a day of two-second slots. Windows are counted in blocks, so on a network with other slots they are
/// shorter or longer in hours.
pub const DAY: BlockNumber = 43_200;

/// What a gateway has on hold while it may sign records: enough that a new identity is not free.
pub const GATEWAY_BOND: Balance = 100 * VCH;
/// What the owner of a record has on hold for its row and its entries in the log, which are never removed.
pub const RECORD_DEPOSIT: Balance = VCH / 10;
/// How long a retired gateway's bond stays on hold: as long as an order may live that was placed on its last day.
pub const GATEWAY_COOL_OFF: BlockNumber = MAX_DELIVER_WITHIN + MAX_DISPUTE_WITHIN;

/// The least bond of an offer.
pub const MIN_OFFER_BOND: Balance = 10 * VCH;
/// The least bond of an offer in proportion to its price: all of it, whoever sells. New offers need more, by their
/// seller's score: from fifteen prices of somebody unknown down to five (`vouchsafe_protocol::trust::bond`).
pub const MIN_BOND_PPM: u32 = 1_000_000;
/// What a buyer gets of a late seller's bond: a hundredth of the price, for the time that the money was on hold.
pub const LATE_PENALTY_PPM: u32 = 10_000;
/// How long a bond stays on hold after its offer has closed and its last order has ended: an hour.
pub const BOND_COOL_OFF: BlockNumber = DAY / 24;
/// What a buyer with a slow line fetches and checks in a block: 1 MiB a second.
pub const DISPUTE_BYTES_PER_BLOCK: u32 = 2 * 1024 * 1024;
/// What the marketplace burns of every price on the preset networks: 1.5 %. It is what trust is priced in.
pub const BURNED_PPM: u32 = 15_000;
/// What must be burned to be one unit of evidence, on the preset networks: a coin, which is a sale for 67.
pub const UNIT_FEE: Balance = VCH;
/// Most accounts that may audit at a time.
pub const MAX_AUDITORS: u32 = 256;
/// What a buyer has on hold for an order's row until it is forgotten.
pub const ORDER_DEPOSIT: Balance = VCH / 100;
/// The least time that an offer gives its seller to deliver: a seller acts on final blocks only, and finality may
/// take a few of them.
pub const MIN_DELIVER_WITHIN: BlockNumber = 10;
/// The most: a day in which the buyer's money is on hold.
pub const MAX_DELIVER_WITHIN: BlockNumber = DAY;
/// The least quiet window after a delivery, in which the buyer decrypts and checks.
pub const MIN_DISPUTE_WITHIN: BlockNumber = 10;
/// The most: a week in which the seller's money is on hold.
pub const MAX_DISPUTE_WITHIN: BlockNumber = 7 * DAY;
/// The most deliveries of one version of an offer. Each shows one more point multiplied by the same secret, and
/// 2^20 of them weaken it by ten bits at most.
pub const MAX_DELIVERIES: u32 = 1 << 20;
