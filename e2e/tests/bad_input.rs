//! What people send by mistake or on purpose: a clear answer, and nothing is lost or listed.

use serde_json::Value;
use std::{fs, path::Path};
use vouchsafe_e2e::{Cli, VCH, World, photos};

fn sells(world: &World, folder: &Path, price: &str) -> (i32, String) {
    let mut arguments = world.sell_arguments(folder, 0);
    let at = arguments.iter().position(|a| a == "--price").unwrap() + 1;
    arguments[at] = price.to_owned();
    let run = world.seller_cli.run(&arguments);
    (run.status, format!("{} {}", run.said, run.json))
}

fn folder_with(world: &World, name: &str, files: &[(&str, &[u8])]) -> std::path::PathBuf {
    let folder = world.path(name);
    fs::create_dir_all(&folder).unwrap();
    for (file, bytes) in files {
        fs::write(folder.join(file), bytes).unwrap();
    }
    folder
}

/// A PNG header that declares `width` × `height` pixels and has none.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 2, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

#[test]
fn bad_sales_are_refused_and_leave_nothing() {
    let world = World::new();
    let whole = fs::read(photos().join("astronaut.jpg")).unwrap();
    let cases: [(&str, &[u8]); 4] = [
        ("truncated.jpg", &whole[..whole.len() / 3]),
        ("text.jpg", b"this is not a photo, whatever its name says"),
        ("huge.png", &png_header(30_000, 30_000)),
        ("empty.jpg", b""),
    ];
    for (name, bytes) in cases {
        let folder = folder_with(&world, name, &[("good.jpg", &whole), (name, bytes)]);
        let (status, said) = sells(&world, &folder, "1000000000000");
        assert_ne!(status, 0, "{name}: {said}");
        assert!(said.len() > 20, "{name} says why: {said}");
    }
    let good = folder_with(&world, "good", &[("good.jpg", &whole)]);
    let (status, said) = sells(&world, &good, "0");
    assert_ne!(status, 0, "a price of nothing: {said}");
    let (status, said) = sells(&world, &good, &u128::MAX.to_string());
    assert_ne!(status, 0, "more than there is: {said}");
    let nothing = folder_with(&world, "nothing", &[]);
    assert_ne!(sells(&world, &nothing, "1").0, 0, "no photo at all");

    let listed = world.buyer.run(&["offers", "--all"]).expect_success();
    assert_eq!(
        listed.as_array().unwrap().len(),
        0,
        "nothing was listed: {listed}"
    );
    let staging = world.gateway.state().join("staging");
    let left: Vec<_> = world
        .gateway
        .stored_files()
        .into_iter()
        .filter(|p| p.starts_with(&staging))
        .collect();
    assert!(left.is_empty(), "nothing raw is left: {left:?}");
}

#[test]
fn unknown_ids_and_poor_buyers_get_a_clear_answer() {
    let world = World::new();
    let unknown = format!("0x{}", "7".repeat(64));
    let run = world.buyer.run(&world.buy_arguments(&unknown, "none"));
    assert_eq!(run.status, 10, "{run:?}");
    let run = world.buyer.run(&["audit", unknown.as_str()]);
    assert_eq!(run.status, 10, "{run:?}");
    assert!(world.gateway.get(&format!("/v1/datasets/{unknown}")).is_none());

    let offer = world.sell(2 * VCH)["offer"].as_str().unwrap().to_owned();
    let poor = Cli::new(&world.path("poor"), &world.node.url());
    poor.new_key();
    let run = poor.run(&world.buy_arguments(&offer, "poor-bought"));
    assert_eq!(run.status, 5, "no money: {run:?}");
}

#[test]
fn a_gateway_told_to_expect_another_chain_refuses_it_and_says_so() {
    let world = World::new();
    let genesis = format!("genesis = \"0x{}\"", "9".repeat(64));
    let folder = world.path("elsewhere");
    let mut stranger = vouchsafe_e2e::Gateway::prepare(&folder, &world.node.url());
    let settings = fs::read_to_string(folder.join("gateway.toml")).unwrap();
    fs::write(
        folder.join("gateway.toml"),
        settings.replace("[chain]\n", &format!("[chain]\n{genesis}\n")),
    )
    .unwrap();
    stranger.start();
    let health: Value = vouchsafe_e2e::wait_until("its health", std::time::Duration::from_secs(30), || {
        stranger
            .get("/health")
            .filter(|health| health["status"] != "ready")
    });
    assert_ne!(health["status"], "ready");
    vouchsafe_e2e::wait_until("a word about it", std::time::Duration::from_secs(30), || {
        stranger.log().contains("this gateway belongs to").then_some(())
    });
}
