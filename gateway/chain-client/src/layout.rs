//! What this crate takes for granted about the runtime, compared with the node's metadata once per runtime version.
//!
//! A call's arguments and a stored value are written and read here as SCALE bytes, which carry no names: on a chain
//! with other shapes they would be misread. So every shape is compared first, by its fields' names in their order
//! and by walking a sample through the node's type registry, which must use up exactly all of its bytes.

use crate::{
    call::Call,
    error::ChainError,
    state::{
        Constants, Faults, GatewayStatus, House, OfferInfo, OfferStatus, OrderInfo, RecordInfo, RecordStatus,
        StoredAccount, StoredBalance, StoredGateway, Windows,
    },
    storage_key::Entry,
    trust::{self, Ratable},
};
use codec::{Decode, Encode};
use scale_decode::visitor::{IgnoreVisitor, decode_with_visitor};
use subxt_metadata::{Metadata, PalletMetadata};
use vouchsafe_protocol::{
    delivery::Point,
    id::{Account, Digest, OfferId, RecordId},
    log::Frontier,
    order::{Outcome, Stage},
    price::HouseShare,
    royalty::{Royalties, Royalty},
    trust::{Cell, Modality, Parameters, Role, judged_by},
};

/// Pallet indices are part of every call's bytes, and of what wallets show.
const PALLETS: [(&str, u8); 5] = [
    ("Sudo", 9),
    ("Provenance", 20),
    ("Marketplace", 21),
    ("Reputation", 22),
    ("Attestation", 23),
];

/// Where the node keeps what this crate reads.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub account: Entry,
    pub total_issuance: Entry,
    pub gateways: Entry,
    pub records: Entry,
    pub offers: Entry,
    pub offer_of: Entry,
    pub orders: Entry,
    pub open_orders: Entry,
    pub faults: Entry,
    pub house: Entry,
    pub block_hash: Entry,
    pub log: Entry,
    pub entries_of: Entry,
    pub ratable: Entry,
    pub cells: Entry,
    pub parameters: Entry,
    pub auditors: Entry,
    pub condemned: Entry,
}

impl Layout {
    /// # Errors
    /// [`ChainError::Incompatible`], naming the first difference.
    pub fn check(metadata: &Metadata) -> Result<Self, ChainError> {
        for (name, index) in PALLETS {
            let found = pallet(metadata, name)?.call_index();
            if found != index {
                return Err(differs(format!(
                    "pallet {name} has index {found}, expected {index}"
                )));
            }
        }
        Call::samples()
            .iter()
            .try_for_each(|call| check_call(metadata, call))?;
        trust::check(metadata)?;
        let read = |pallet, name, keys, fields: &[&str], samples: &[Vec<u8>]| {
            check_entry(metadata, pallet, name, keys, fields, samples)
        };
        let layout = Self {
            account: read(
                "System",
                "Account",
                1,
                &["nonce", "consumers", "providers", "sufficients", "data"],
                &[sample_account().encode()],
            )?,
            total_issuance: read("Balances", "TotalIssuance", 0, &[], &[1u128.encode()])?,
            gateways: read(
                "Provenance",
                "Gateways",
                1,
                &["key", "pipelines", "endpoint", "status", "registered_at", "bond"],
                &[
                    GatewayStatus::Active,
                    GatewayStatus::Retiring { release_after: 1 },
                ]
                .map(|status| sample_gateway(status).encode()),
            )?,
            records: read(
                "Provenance",
                "Records",
                1,
                &[
                    "statement",
                    "key",
                    "signature",
                    "registered_at",
                    "status",
                    "deposit",
                    "royalties",
                ],
                &[RecordStatus::Live, RecordStatus::Withdrawn { at: 1 }]
                    .map(|status| sample_record(status).encode()),
            )?,
            offers: read(
                "Marketplace",
                "Offers",
                1,
                &[
                    "seller",
                    "gateway",
                    "record",
                    "content",
                    "version",
                    "key",
                    "price",
                    "licence",
                    "deliver_within",
                    "dispute_within",
                    "bond",
                    "drawn",
                    "status",
                    "open_orders",
                    "settled",
                    "refunded",
                    "offered_at",
                ],
                &[
                    OfferStatus::Open,
                    OfferStatus::Closed { bond_until: 1 },
                    OfferStatus::Released,
                    OfferStatus::Frozen { at: 1 },
                    OfferStatus::Halted { bond_until: 1 },
                ]
                .map(|status| sample_offer(status).encode()),
            )?,
            offer_of: read("Marketplace", "OfferOf", 1, &[], &[OfferId([1; 32]).encode()])?,
            orders: read(
                "Marketplace",
                "Orders",
                1,
                &[
                    "offer",
                    "version",
                    "buyer",
                    "seller",
                    "blinded",
                    "price",
                    "deposit",
                    "licence",
                    "stage",
                    "placed_at",
                ],
                &[
                    Stage::Placed { deliver_by: 1 },
                    Stage::Delivered {
                        evaluated: Point([1; 32]),
                        dispute_by: 2,
                    },
                    Stage::Closed(Outcome::Settled {
                        evaluated: Point([1; 32]),
                    }),
                    Stage::Closed(Outcome::Refunded),
                    Stage::Closed(Outcome::Disputed),
                    Stage::Closed(Outcome::Voided),
                ]
                .map(|stage| sample_order(stage).encode()),
            )?,
            open_orders: read("Marketplace", "OpenOrders", 2, &[], &[().encode()])?,
            faults: read(
                "Marketplace",
                "FaultsOf",
                1,
                &["as_seller", "as_gateway"],
                &[Faults::default().encode()],
            )?,
            house: read(
                "Marketplace",
                "HouseOf",
                0,
                &["share", "treasury"],
                &[None, Some(Account([1; 32]))].map(|treasury| {
                    let share = HouseShare::default();
                    House { share, treasury }.encode()
                }),
            )?,
            block_hash: read("System", "BlockHash", 1, &[], &[[1u8; 32].encode()])?,
            log: read(
                "Provenance",
                "Log",
                0,
                &["size", "peaks"],
                &[Frontier::default().encode()],
            )?,
            entries_of: read("Provenance", "EntriesOf", 1, &[], &[vec![1u64].encode()])?,
            ratable: read(
                "Reputation",
                "Ratable",
                1,
                &["buyer", "seller", "modality", "weight", "until"],
                &[sample_ratable().encode()],
            )?,
            cells: read(
                "Reputation",
                "Cells",
                2,
                &["r", "s", "strikes", "good", "bad", "since", "at"],
                &[Cell::default().encode()],
            )?,
            parameters: read(
                "Reputation",
                "ParametersOf",
                0,
                &[],
                &[Parameters::first(1, 1).encode()],
            )?,
            auditors: read("Attestation", "Auditors", 1, &["since"], &[1u32.encode()])?,
            condemned: read(
                "Attestation",
                "CondemnedOf",
                1,
                &["as_seller", "as_gateway"],
                &[Faults::default().encode()],
            )?,
        };
        for (name, entry) in [("Offers", &layout.offers), ("OpenOrders", &layout.open_orders)] {
            if !entry.is_enumerable() {
                return Err(differs(format!(
                    "Marketplace.{name} hides its keys, so it cannot be listed"
                )));
            }
        }
        Ok(layout)
    }

    /// Where the chain keeps what the scores of a seller and a gateway follow from (docs/BUNDLE.md §3.7).
    pub fn score_keys(&self, seller: &Account, gateway: &Account) -> Vec<Vec<u8>> {
        let mut keys = vec![self.parameters.key(&[])];
        for (role, account) in [(Role::Seller, seller), (Role::Gateway, gateway)] {
            let account = account.0.as_slice();
            keys.extend([self.faults.key(&[account]), self.condemned.key(&[account])]);
            for facet in judged_by(role) {
                let about = Modality::ALL.map(|kind| (role, *facet, kind).encode());
                keys.extend(about.map(|about| self.cells.key(&[account, &about])));
            }
        }
        keys
    }

    /// The key of the genesis block's hash, which the chain keeps for ever.
    pub fn first_block(&self) -> Vec<u8> {
        self.block_hash.key(&[&0u32.encode()])
    }
}

/// The chain's constants; `slot_ms` is not in the metadata and is given.
pub(crate) fn constants(metadata: &Metadata, slot_ms: u64) -> Result<Constants, ChainError> {
    let marketplace = |name| constant::<u32>(metadata, "Marketplace", name);
    Ok(Constants {
        gateway_bond: constant(metadata, "Provenance", "GatewayBond")?,
        record_deposit: constant(metadata, "Provenance", "RecordDeposit")?,
        min_offer_bond: constant(metadata, "Marketplace", "MinOfferBond")?,
        min_bond_ppm: marketplace("MinBondPpm")?,
        dispute_bytes_per_block: marketplace("DisputeBytesPerBlock")?,
        order_deposit: constant(metadata, "Marketplace", "OrderDeposit")?,
        existential_deposit: constant(metadata, "Balances", "ExistentialDeposit")?,
        windows: Windows {
            deliver: (marketplace("MinDeliverWithin")?, marketplace("MaxDeliverWithin")?),
            dispute: (marketplace("MinDisputeWithin")?, marketplace("MaxDisputeWithin")?),
        },
        slot_ms,
    })
}

pub(crate) fn differs(what: String) -> ChainError {
    ChainError::Incompatible(what)
}

fn pallet<'a>(metadata: &'a Metadata, name: &str) -> Result<PalletMetadata<'a>, ChainError> {
    metadata
        .pallet_by_name(name)
        .ok_or_else(|| differs(format!("it has no pallet {name}")))
}

fn constant<T: Decode>(metadata: &Metadata, pallet_name: &str, name: &str) -> Result<T, ChainError> {
    let found = pallet(metadata, pallet_name)?
        .constant_by_name(name)
        .ok_or_else(|| differs(format!("{pallet_name} has no constant {name}")))?;
    let mut bytes = found.value();
    match T::decode(&mut bytes) {
        Ok(value) if bytes.is_empty() => Ok(value),
        _ => Err(differs(format!(
            "constant {pallet_name}.{name} has an unexpected type"
        ))),
    }
}

fn check_call(metadata: &Metadata, call: &Call) -> Result<(), ChainError> {
    let path = format!("{}.{}", call.pallet(), call.name());
    let found = pallet(metadata, call.pallet())?;
    let variant = found
        .call_variant_by_name(call.name())
        .ok_or_else(|| differs(format!("it has no call {path}")))?;
    let names: Vec<&str> = variant
        .fields
        .iter()
        .map(|field| field.name.as_deref().unwrap_or(""))
        .collect();
    if names != call.argument_names() {
        return Err(differs(format!(
            "call {path} takes ({}), expected ({})",
            names.join(", "),
            call.argument_names().join(", ")
        )));
    }
    let bytes = call.arguments();
    let mut rest = bytes.as_slice();
    for field in &variant.fields {
        walk(metadata, field.ty.id, &mut rest)
            .map_err(|reason| differs(format!("call {path}, argument {:?}: {reason}", field.name)))?;
    }
    if rest.is_empty() {
        Ok(())
    } else {
        Err(differs(format!("call {path}: {} bytes too many", rest.len())))
    }
}

fn check_entry(
    metadata: &Metadata,
    pallet_name: &str,
    name: &str,
    parts: usize,
    fields: &[&str],
    samples: &[Vec<u8>],
) -> Result<Entry, ChainError> {
    let path = format!("{pallet_name}.{name}");
    let storage = pallet(metadata, pallet_name)?.storage();
    let found = storage
        .and_then(|storage| storage.entry_by_name(name))
        .ok_or_else(|| differs(format!("it stores no {path}")))?;
    let prefix = storage.map_or(pallet_name, |storage| storage.prefix());
    let entry = Entry::new(prefix, name, found.keys().map(|key| key.hasher).collect());
    if entry.parts() != parts {
        return Err(differs(format!(
            "{path} has {} keys, expected {parts}",
            entry.parts()
        )));
    }
    check_value(metadata, &path, found.value_ty(), fields, samples)?;
    Ok(entry)
}

/// Compares a type with the names of its fields, unless none are given, and with values that it must be able to hold.
pub(crate) fn check_value(
    metadata: &Metadata,
    path: &str,
    ty: u32,
    fields: &[&str],
    samples: &[Vec<u8>],
) -> Result<(), ChainError> {
    if !fields.is_empty() {
        let names = field_names(metadata, ty);
        if names != fields {
            return Err(differs(format!(
                "{path} holds ({}), expected ({})",
                names.join(", "),
                fields.join(", ")
            )));
        }
    }
    for sample in samples {
        let mut rest = sample.as_slice();
        walk(metadata, ty, &mut rest).map_err(|reason| differs(format!("{path}: {reason}")))?;
        if !rest.is_empty() {
            return Err(differs(format!(
                "{path} is {} bytes shorter than expected",
                rest.len()
            )));
        }
    }
    Ok(())
}

fn field_names(metadata: &Metadata, ty: u32) -> Vec<&str> {
    let fields = match metadata.types().resolve(ty).map(|ty| &ty.type_def) {
        Some(scale_info::TypeDef::Composite(composite)) => composite.fields.as_slice(),
        _ => &[],
    };
    fields
        .iter()
        .map(|field| field.name.as_deref().unwrap_or(""))
        .collect()
}

/// Skips one value of type `ty`; an error if `bytes` cannot hold one.
pub(crate) fn walk(metadata: &Metadata, ty: u32, bytes: &mut &[u8]) -> Result<(), String> {
    decode_with_visitor(bytes, ty, metadata.types(), IgnoreVisitor::new())
        .map(|_| ())
        .map_err(|error| error.to_string())
}

fn sample_account() -> StoredAccount {
    StoredAccount {
        nonce: 1,
        consumers: 2,
        providers: 3,
        sufficients: 4,
        data: StoredBalance {
            free: 5,
            reserved: 6,
            frozen: 7,
            flags: 8,
        },
    }
}

fn sample_gateway(status: GatewayStatus) -> StoredGateway {
    let endpoint = b"http://gateway.example".to_vec();
    StoredGateway {
        key: [1; 32],
        pipelines: vec![Digest([2; 32])],
        endpoint,
        status,
        registered_at: 3,
        bond: 4,
    }
}

fn sample_record(status: RecordStatus) -> RecordInfo {
    let statement = Call::samples().into_iter().find_map(|call| match call {
        Call::RegisterRecord { statement, .. } => Some(*statement),
        _ => None,
    });
    let royalties = Royalties {
        payees: vec![Royalty {
            payee: Account([5; 32]),
            share_ppm: 6,
        }]
        .try_into()
        .unwrap_or_default(),
        depth: 7,
    };
    let statement = statement.expect("the samples hold every call, pinned by a test; qed");
    RecordInfo {
        statement,
        key: [1; 32],
        signature: [2; 64],
        registered_at: 3,
        status,
        deposit: 4,
        royalties,
    }
}

fn sample_offer(status: OfferStatus) -> OfferInfo {
    let record = sample_record(RecordStatus::Live);
    OfferInfo {
        seller: Account([1; 32]),
        gateway: Account([5; 32]),
        record: RecordId([2; 32]),
        content: record.statement.content,
        version: 0,
        key: Point([3; 32]),
        price: 1,
        licence: Digest([4; 32]),
        deliver_within: 2,
        dispute_within: 3,
        bond: 4,
        drawn: 9,
        status,
        open_orders: 5,
        settled: 6,
        refunded: 7,
        offered_at: 8,
    }
}

fn sample_order(stage: Stage) -> OrderInfo {
    OrderInfo {
        offer: OfferId([1; 32]),
        version: 0,
        buyer: Account([2; 32]),
        seller: Account([3; 32]),
        blinded: Point([4; 32]),
        price: 1,
        deposit: 3,
        licence: Digest([5; 32]),
        stage,
        placed_at: 2,
    }
}

fn sample_ratable() -> Ratable {
    Ratable {
        buyer: Account([1; 32]),
        seller: Account([2; 32]),
        modality: Modality::Image,
        weight: 3,
        until: 4,
    }
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
