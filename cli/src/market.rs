//! `offers`, `balance`, `transfer` and `key`: short questions to the chain and to this machine.

use crate::{
    amount,
    failure::Failure,
    gateway::Gateway,
    home::Home,
    show::{Show, plain, size},
    trust::Both,
};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};
use vouchsafe_chain_client::{Call, ChainClient, Faults, OfferInfo, OfferStatus, RecordInfo, Signer, ss58};
use vouchsafe_protocol::id::{Account, OfferId};

/// Lists the offers on chain; titles come from their gateways, where those answer. Closed and frozen ones only with
/// `all`.
///
/// # Errors
/// See [`Failure`].
pub async fn offers(show: Show, chain: &ChainClient, all: bool) -> Result<(), Failure> {
    let mut offers = Vec::new();
    for (id, offer) in chain.offers().await? {
        if all || offer.status == OfferStatus::Open {
            let record = chain.record(&offer.record).await?;
            offers.push((id, offer, record));
        }
    }
    offers.sort_by_key(|(id, offer, _)| (core::cmp::Reverse(offer.offered_at), *id));
    let titles = titles(chain, &offers).await?;
    let faults = faults(chain, &offers).await?;
    let trust = trust(chain, &offers).await?;
    let mut lines = Vec::new();
    let mut rows = Vec::new();
    for (id, offer, record) in &offers {
        let title = titles.get(id).map(|title| plain(title));
        let items = record.as_ref().map(|record| record.statement.items);
        let grade = record
            .as_ref()
            .map(|record| crate::audit::grade_name(record.statement.grade));
        let open = offer.status == OfferStatus::Open;
        lines.push(format!(
            "{id}  {}",
            title.as_deref().unwrap_or("(its gateway gives no title)")
        ));
        lines.push(format!(
            "    {}, {} files, {}, {}, {} sold, record {}{}",
            amount::show(offer.price),
            items.map_or("?".to_owned(), |items| items.to_string()),
            size(offer.content.bytes),
            grade.unwrap_or("?"),
            offer.settled,
            offer.record,
            if open {
                String::new()
            } else {
                format!(", {}", status_name(offer.status))
            }
        ));
        let of = |account| faults.get(&account).copied().unwrap_or_default();
        let (seller, gateway) = (of(offer.seller).as_seller, of(offer.gateway).as_gateway);
        lines.push(format!(
            "    bond {}, delivery within {} blocks, then {} blocks to dispute{}",
            amount::show(offer.bond),
            offer.deliver_within,
            offer.dispute_within,
            match (seller, gateway) {
                (0, 0) => String::new(),
                _ => format!("; PROVEN FRAUDS: {seller} of the seller, {gateway} of the gateway"),
            }
        ));
        let trust = trust.get(&(offer.seller, offer.gateway));
        lines.extend(trust.map(|both| format!("    {}", both.words())));
        rows.push(json!({
            "offer": id, "title": title, "price": offer.price.to_string(), "record": offer.record,
            "items": items, "bytes": offer.content.bytes, "grade": grade, "seller": offer.seller, "open": open,
            "deliver_within": offer.deliver_within, "dispute_within": offer.dispute_within,
            "open_orders": offer.open_orders, "settled": offer.settled, "refunded": offer.refunded,
            "bond": offer.bond.to_string(), "status": status_name(offer.status), "gateway": offer.gateway,
            "seller_faults": seller, "gateway_faults": gateway, "trust": trust.map(Both::document),
        }));
    }
    if offers.is_empty() {
        show.note("there are no offers on this chain");
    }
    show.result(&json!(rows), &lines)?;
    Ok(())
}

/// An offer's status in one word.
pub(crate) fn status_name(status: OfferStatus) -> &'static str {
    match status {
        OfferStatus::Open => "open",
        OfferStatus::Closed { .. } => "closed",
        OfferStatus::Released => "released",
        OfferStatus::Frozen { .. } => "frozen",
        OfferStatus::Halted { .. } => "halted",
    }
}

/// Proven frauds of every seller and every gateway.
async fn faults(
    chain: &ChainClient,
    offers: &[(OfferId, OfferInfo, Option<RecordInfo>)],
) -> Result<BTreeMap<Account, Faults>, Failure> {
    let accounts: BTreeSet<Account> = offers
        .iter()
        .flat_map(|(_, offer, _)| [offer.seller, offer.gateway])
        .collect();
    let mut faults = BTreeMap::new();
    for account in accounts {
        faults.insert(account, chain.faults(&account).await?);
    }
    Ok(faults)
}

/// What is known of every seller with every gateway.
async fn trust(
    chain: &ChainClient,
    offers: &[(OfferId, OfferInfo, Option<RecordInfo>)],
) -> Result<BTreeMap<(Account, Account), Both>, Failure> {
    let mut trust = BTreeMap::new();
    for (_, offer, _) in offers {
        if let Entry::Vacant(place) = trust.entry((offer.seller, offer.gateway)) {
            place.insert(Both::of(chain, &offer.seller, &offer.gateway).await?);
        }
    }
    Ok(trust)
}

/// Titles by offer, from each gateway that answers.
async fn titles(
    chain: &ChainClient,
    offers: &[(OfferId, OfferInfo, Option<RecordInfo>)],
) -> Result<BTreeMap<OfferId, String>, Failure> {
    let records = offers.iter().filter_map(|(_, _, record)| record.as_ref());
    let gateways: BTreeSet<Account> = records.map(|record| record.statement.gateway).collect();
    let mut titles = BTreeMap::new();
    for account in gateways {
        let Some(registered) = chain.gateway(&account).await? else {
            continue;
        };
        // A title is an ornament: a gateway that is away costs only that.
        let answer = Gateway::at(&registered.endpoint).and_then(|gateway| gateway.offers());
        titles.extend(
            answer
                .unwrap_or_default()
                .into_iter()
                .map(|page| (page.offer, page.title)),
        );
    }
    Ok(titles)
}

/// Shows what an account has.
///
/// # Errors
/// See [`Failure`].
pub async fn balance(show: Show, chain: &ChainClient, account: Account) -> Result<(), Failure> {
    let found = chain.account(&account).await?;
    let address = ss58::encode(&account);
    let lines = [
        format!("account  {address}"),
        format!("free     {}", amount::show(found.free)),
        format!("on hold  {}", amount::show(found.held)),
    ];
    let json = json!({
        "account": account, "ss58": address, "free": found.free.to_string(), "held": found.held.to_string(),
        "nonce": found.nonce,
    });
    show.result(&json, &lines)?;
    Ok(())
}

/// Sends money.
///
/// # Errors
/// See [`Failure`].
pub async fn transfer(
    show: Show,
    chain: &ChainClient,
    signer: &Signer,
    to: Account,
    planck: u128,
) -> Result<(), Failure> {
    let receipt = chain
        .submit(signer, Call::Transfer { to, amount: planck })
        .await?;
    let address = ss58::encode(&to);
    let lines = [format!(
        "sent {} to {address} in block {}, fee {}",
        amount::show(planck),
        receipt.height,
        amount::show(receipt.fee)
    )];
    let json = json!({
        "to": to, "amount": planck.to_string(), "fee": receipt.fee.to_string(), "height": receipt.height,
    });
    show.result(&json, &lines)?;
    Ok(())
}

/// Makes a key.
///
/// # Errors
/// See [`Failure`]; a key that exists is left alone.
pub fn key_new(show: Show, home: &Home, name: &str) -> Result<(), Failure> {
    let (signer, path) = home.create(name)?;
    show.note(format!(
        "the key is in {}; copy it to a safe place: without it nobody can spend its money or open what it bought",
        path.display()
    ));
    key_lines(show, name, &signer)
}

/// Shows a key's account, never its secret.
///
/// # Errors
/// See [`Failure`].
pub fn key_show(show: Show, home: &Home, name: &str) -> Result<(), Failure> {
    key_lines(show, name, &home.signer(name)?)
}

fn key_lines(show: Show, name: &str, signer: &Signer) -> Result<(), Failure> {
    let account = signer.account();
    let address = ss58::encode(&account);
    let lines = [format!("key      {name}"), format!("account  {address}")];
    show.result(&json!({"key": name, "account": account, "ss58": address}), &lines)?;
    Ok(())
}

/// The account that a text means: an address, 64 hexadecimal digits, or a key's name.
///
/// # Errors
/// [`Failure::NotAnAccount`].
pub fn account(home: &Home, given: &str) -> Result<Account, Failure> {
    if let Ok(account) = ss58::decode(given) {
        return Ok(account);
    }
    if let Ok(account) = given.parse() {
        return Ok(account);
    }
    let named = home.signer(given).map(|signer| signer.account());
    named.map_err(|_| Failure::NotAnAccount {
        given: given.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_an_address_hexadecimal_digits_or_a_key() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::find(Some(folder.path().to_owned())).unwrap();
        let alice = Signer::dev("alice").account();
        for given in [ss58::encode(&alice), alice.to_string(), "dev:alice".to_owned()] {
            assert_eq!(account(&home, &given).unwrap(), alice, "{given}");
        }
        let failure = account(&home, "5FA9mistyped").unwrap_err();
        assert!(matches!(failure, Failure::NotAnAccount { .. }), "{failure}");
    }
}
