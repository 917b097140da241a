//! `vouchsafe trust`: what is known of an account. Words first, then the number, then what it would cost to fake it.

use crate::{amount, failure::Failure, show::Show};
use clap::ValueEnum;
use serde_json::{Value, json};
use vouchsafe_chain_client::{ChainClient, Dues, Quote, Trust, ss58};
use vouchsafe_protocol::{
    id::Account,
    trust::{Amount, Modality, OutOfReach, Role, UNIT, WHOLE_BP, bond, listing},
};

/// Scores whose price is told, basis points.
const TARGETS: [u16; 3] = [5_000, 8_000, 9_000];

/// More decimals of a coin are read by nobody.
const CENT: u128 = amount::VCH / 100;

/// As what an account is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum As {
    /// Who sells.
    Seller,
    /// Who anonymises and vouches for it.
    Gateway,
    /// Who repeats evaluations.
    Auditor,
}

impl As {
    fn role(self) -> Role {
        match self {
            Self::Seller => Role::Seller,
            Self::Gateway => Role::Gateway,
            Self::Auditor => Role::Auditor,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Seller => "seller",
            Self::Gateway => "gateway",
            Self::Auditor => "auditor",
        }
    }
}

/// Tells what is known of an account in a role, in all kinds of data.
///
/// # Errors
/// See [`Failure`].
pub async fn run(show: Show, chain: &ChainClient, account: Account, role: As) -> Result<(), Failure> {
    let trust = chain.trust(&account, role.role(), Modality::Any).await?;
    // Praise counts for sellers alone; nobody else's score can be bought.
    let (mut quotes, mut dues) = (Vec::new(), None);
    if role == As::Seller {
        for target in TARGETS {
            let quote = chain
                .price_of(&account, role.role(), Modality::Any, target)
                .await?;
            quotes.push((target, quote));
        }
        dues = Some(chain.dues(&account, 0).await?);
    }
    let mut lines = vec![format!("{} {}", role.name(), ss58::encode(&account))];
    lines.extend(words(&trust, role));
    lines.push(number(&trust));
    lines.extend(quotes.iter().map(|(target, quote)| faking(*target, quote)));
    lines.extend(dues.as_ref().map(|dues| owed(&trust, dues)));
    show.result(&document(account, role, &trust, &quotes, dues.as_ref()), &lines)?;
    Ok(())
}

/// What is known, without a number that would have to be explained.
fn words(trust: &Trust, role: As) -> Vec<String> {
    let (headline, standing) = (&trust.headline, &trust.standing);
    let mut lines = vec![
        match (headline.flagged, headline.known) {
            (true, _) if standing.frozen => {
                "WARNING: a fraud was proven of what it sold or vouched for, or auditors condemned it"
            }
            (true, _) => "WARNING: by what is known it cannot be good any more",
            (false, false) => "not yet known: too little was audited and said to judge it",
            (false, true) => "known",
        }
        .to_owned(),
        match of_kind(standing.audits) {
            None => "never audited".to_owned(),
            Some(found) => format!("audits: {found}"),
        },
    ];
    if role == As::Seller {
        let settled = counted(trust.settled, "order");
        lines.push(format!("{settled} settled, {} of them rated", trust.rated));
        if let Some(said) = of_kind(standing.opinions) {
            lines.push(format!("its buyers: {said}"));
        }
    }
    if let Some(seen) = of_kind(standing.deliveries) {
        lines.push(format!("deliveries: {seen}"));
    }
    if trust.strikes > 0 {
        lines.push(format!(
            "serious faults: {}; good evidence counts that much less",
            units(trust.strikes)
        ));
    }
    lines
}

fn of_kind(amount: Amount) -> Option<String> {
    (amount.total() > 0).then(|| format!("{} units for it, {} against", units(amount.r), units(amount.s)))
}

fn number(trust: &Trust) -> String {
    let headline = &trust.headline;
    format!(
        "score {} (at least {}, at most {}; {} unknown; formula {}, parameters {}, block {})",
        percent(headline.score),
        percent(headline.low),
        percent(headline.high),
        percent(headline.uncertainty),
        trust.formula,
        trust.parameters,
        trust.at
    )
}

fn faking(target: u16, quote: &Quote) -> String {
    let target = percent(target);
    match &quote.price {
        Ok(price) if price.missing == 0 => format!("to fake {target}: nothing more is needed"),
        Ok(price) => format!(
            "to fake {target} by buying from itself: {} burned, in at least {} of {}, and {} a year to stay",
            rounded(price.burned),
            counted(price.orders, "order"),
            counted(price.accounts, "account"),
            rounded(price.upkeep)
        ),
        Err(OutOfReach::AboveAudits) => {
            format!("to fake {target}: not for sale, audits or deliveries speak against it")
        }
        Err(OutOfReach::AboveCap) => format!("to fake {target}: not for sale until its faults have faded"),
    }
}

fn owed(trust: &Trust, dues: &Dues) -> String {
    let tenths = bond(10, trust.headline.score);
    format!(
        "its next offer needs a bond of {}.{} prices; open orders may cost {} more",
        tenths / 10,
        tenths % 10,
        amount::show(dues.room - dues.room % CENT)
    )
}

/// A cost to the next hundredth of a coin.
fn rounded(planck: u128) -> String {
    amount::show(planck.div_ceil(CENT).saturating_mul(CENT))
}

fn counted(count: u32, of: &str) -> String {
    match count {
        1 => format!("1 {of}"),
        count => format!("{count} {of}s"),
    }
}

fn document(
    account: Account,
    role: As,
    trust: &Trust,
    quotes: &[(u16, Quote)],
    dues: Option<&Dues>,
) -> Value {
    let amount = |amount: Amount| json!({"good": amount.r.to_string(), "bad": amount.s.to_string()});
    let (headline, standing) = (&trust.headline, &trust.standing);
    let faking = quotes.iter().map(|(target, quote)| match &quote.price {
        Ok(price) => json!({
            "target": target, "burned": price.burned.to_string(), "orders": price.orders,
            "accounts": price.accounts, "upkeep": price.upkeep.to_string(),
        }),
        Err(out_of_reach) => json!({"target": target, "out_of_reach": out_of_reach}),
    });
    json!({
        "account": account, "ss58": ss58::encode(&account), "role": role.name(),
        "score": headline.score, "low": headline.low, "high": headline.high, "middle": headline.middle,
        "expectation": headline.expectation, "uncertainty": headline.uncertainty,
        "known": headline.known, "flagged": headline.flagged, "frozen": standing.frozen,
        "audits": amount(standing.audits), "opinions": amount(standing.opinions),
        "deliveries": amount(standing.deliveries), "content": amount(trust.content),
        "privacy": amount(trust.privacy), "strikes": trust.strikes.to_string(),
        "settled": trust.settled, "rated": trust.rated, "open": trust.open.to_string(),
        "exposure": trust.exposure.to_string(), "since": trust.since,
        "formula": trust.formula, "parameters": trust.parameters, "at": trust.at,
        "faking": faking.collect::<Vec<_>>(),
        "bond_of_price": dues.map(|_| bond(u128::from(WHOLE_BP), headline.score)),
        "room": dues.map(|dues| dues.room.to_string()),
    })
}

/// The scores of a listing's seller and gateway.
#[derive(Clone, Debug)]
pub(crate) struct Both {
    seller: Trust,
    gateway: Trust,
}

impl Both {
    /// Asks for them.
    pub(crate) async fn of(
        chain: &ChainClient,
        seller: &Account,
        gateway: &Account,
    ) -> Result<Self, Failure> {
        Ok(Self {
            seller: chain.trust(seller, Role::Seller, Modality::Any).await?,
            gateway: chain.trust(gateway, Role::Gateway, Modality::Any).await?,
        })
    }

    /// For people, in few words.
    pub(crate) fn words(&self) -> String {
        format!(
            "trust: seller {}, gateway {}",
            brief(&self.seller),
            brief(&self.gateway)
        )
    }

    /// For programs; `score` is the listing's.
    pub(crate) fn document(&self) -> Value {
        let one = |trust: &Trust| {
            let headline = &trust.headline;
            json!({"score": headline.score, "known": headline.known, "flagged": headline.flagged})
        };
        json!({
            "score": listing(&self.seller.headline, &self.gateway.headline),
            "seller": one(&self.seller), "gateway": one(&self.gateway),
        })
    }
}

fn brief(trust: &Trust) -> String {
    let headline = &trust.headline;
    match (headline.flagged, headline.known) {
        (true, _) => format!("FLAGGED, {}", percent(headline.score)),
        (false, true) => percent(headline.score),
        (false, false) if headline.score > 0 => format!("not yet known, {}", percent(headline.score)),
        (false, false) => "not yet known".to_owned(),
    }
}

/// Basis points for people: `92.5 %`.
pub(crate) fn percent(points: u16) -> String {
    let (whole, part) = (points / 100, points % 100);
    match part {
        0 => format!("{whole} %"),
        part if part % 10 == 0 => format!("{whole}.{} %", part / 10),
        part => format!("{whole}.{part:02} %"),
    }
}

/// Q32.32 for people, with two decimals, rounded down.
pub(crate) fn units(amount: u64) -> String {
    let hundredths = u128::from(amount % UNIT) * 100 / u128::from(UNIT);
    format!("{}.{hundredths:02}", amount / UNIT)
}

#[cfg(test)]
#[path = "trust_tests.rs"]
mod tests;
