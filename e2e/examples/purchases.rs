//! Purchases against the real programs: `purchases [COUNT]` (default 50).
//!
//! Sells the demonstration's photos once and buys them COUNT times, each time as somebody else, one after the other.
//! Prints the time from order to decrypted files (median and 95th percentile), the fee of each call at an idle chain,
//! and the most memory that node and gateway have had resident.

use std::{env, error::Error, thread};
use vouchsafe_chain_client::{Call, ChainClient, Signer};
use vouchsafe_e2e::{Cli, VCH, World, most_resident};
use vouchsafe_protocol::{
    delivery::Point,
    id::{Account, Digest, OfferId, OrderId, RecordId},
    record::{Content, Grade, Statement},
};

const PRICE: u128 = 2 * VCH;
/// Development accounts that hand out money side by side, so that their transactions do not queue behind each other.
const GIVERS: [&str; 5] = ["dev:alice", "dev:bob", "dev:charlie", "dev:dave", "dev:eve"];

fn main() -> Result<(), Box<dyn Error>> {
    let count: usize = env::args().nth(1).map_or(Ok(50), |text| text.parse())?;
    let world = World::new();
    let offer = world.sell(PRICE)["offer"]
        .as_str()
        .ok_or("the photos were not offered")?
        .to_owned();

    let buyers: Vec<Cli> = (0..count)
        .map(|i| Cli::new(&world.path(&format!("buyer-{i}")), &world.node.url()))
        .collect();
    thread::scope(|scope| {
        for (at, giver) in GIVERS.iter().enumerate() {
            let mine = buyers.iter().skip(at).step_by(GIVERS.len());
            scope.spawn(move || mine.for_each(|buyer| give(buyer, giver)));
        }
    });

    let mut seconds = Vec::new();
    for (i, buyer) in buyers.iter().enumerate() {
        let receipt = buyer
            .run(&world.buy_arguments(&offer, &format!("bought-{i}")))
            .expect_success();
        seconds.push(
            receipt["order_to_data_seconds"]
                .as_f64()
                .ok_or("a receipt without a time")?,
        );
    }
    seconds.sort_by(f64::total_cmp);
    println!(
        "purchases {count}: order to decrypted files p50 {:.2} s, p95 {:.2} s, most {:.2} s",
        quantile(&seconds, 50),
        quantile(&seconds, 95),
        quantile(&seconds, 100)
    );

    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(fees(&world.node.url()))?;
    for (name, pid) in [("node", world.node.pid()), ("gateway", world.gateway.pid())] {
        println!(
            "most memory of the {name}: {} MB",
            most_resident(pid.ok_or("not running")?)? / 1_000_000
        );
    }
    Ok(())
}

fn give(buyer: &Cli, giver: &str) {
    let account = buyer.new_key();
    let amount = (PRICE + 10 * VCH).to_string();
    buyer
        .run(&["--key", giver, "transfer", "--to", &account, "--amount", &amount])
        .expect_success();
}

/// The smallest value that at least `percent` of the sorted values do not exceed.
fn quantile(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    sorted.get(rank).copied().unwrap_or(f64::NAN)
}

/// Fees as the chain itself estimates them, for calls of typical size.
async fn fees(node: &str) -> Result<(), Box<dyn Error>> {
    let chain = ChainClient::connect(node, None).await?;
    let signer = Signer::dev("alice");
    let (digest, point, someone) = (Digest([1; 32]), Point([1; 32]), Account([1; 32]));
    let content = Content {
        root: digest,
        chunks: 100,
        bytes: 100 * 65_536,
    };
    let statement = Statement {
        owner: someone,
        gateway: someone,
        content,
        input: digest,
        report: digest,
        metrics_root: digest,
        items: 100,
        metadata: digest,
        grade: Grade::Anonymous,
        parents: Default::default(),
    };
    let endpoint = "https://gateway.example".to_owned();
    let calls = [
        Call::RegisterGateway {
            key: [1; 32],
            pipelines: vec![digest],
            endpoint,
        },
        Call::RegisterRecord {
            statement: Box::new(statement),
            signature: [1; 64],
        },
        Call::WithdrawRecord {
            record: RecordId([1; 32]),
        },
        Call::Offer {
            nonce: 1,
            record: RecordId([1; 32]),
            content,
            key: point,
            price: PRICE,
            licence: digest,
            deliver_within: 50,
            dispute_within: 20,
            bond: 15 * PRICE,
        },
        Call::Revise {
            offer: OfferId([1; 32]),
            price: PRICE,
            bond: 15 * PRICE,
        },
        Call::Order {
            offer: OfferId([1; 32]),
            version: 0,
            blinded: point,
            max_price: PRICE,
            licence: digest,
        },
        Call::Deliver {
            order: OrderId([1; 32]),
            evaluated: point,
            proof: [1; 64],
        },
        Call::Settle {
            order: OrderId([1; 32]),
        },
        Call::Expire {
            order: OrderId([1; 32]),
        },
        Call::Forget {
            order: OrderId([1; 32]),
        },
        Call::Close {
            offer: OfferId([1; 32]),
        },
        Call::Transfer {
            to: someone,
            amount: VCH,
        },
    ];
    println!("fee of each call on an idle chain:");
    for call in calls {
        let planck = chain.estimate_fee(&signer, &call).await?;
        println!(
            "  {:<18} {}.{:06} VCH",
            call.name(),
            planck / VCH,
            planck % VCH / 1_000_000
        );
    }
    Ok(())
}
