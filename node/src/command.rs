//! What each subcommand does.

use crate::{
    cli::{Cli, Subcommand},
    service::{self, Partial},
};
use sc_cli::SubstrateCli;
use sc_network::config::NetworkBackendType;
use sc_service::{ChainSpec, ChainType, GenericChainSpec, Properties};
use sp_genesis_builder::{DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};
use vouchsafe_runtime::{Block, Hash, WASM_BINARY, constants};

impl SubstrateCli for Cli {
    fn impl_name() -> String {
        "Vouchsafe Node".into()
    }

    fn impl_version() -> String {
        env!("SUBSTRATE_CLI_IMPL_VERSION").into()
    }

    fn executable_name() -> String {
        env!("CARGO_PKG_NAME").into()
    }

    fn description() -> String {
        env!("CARGO_PKG_DESCRIPTION").into()
    }

    fn author() -> String {
        env!("CARGO_PKG_AUTHORS").into()
    }

    fn support_url() -> String {
        "the issue tracker of the Vouchsafe project".into()
    }

    fn copyright_start_year() -> i32 {
        2026
    }

    fn load_spec(&self, id: &str) -> Result<Box<dyn ChainSpec>, String> {
        Ok(match id {
            "dev" => Box::new(preset(
                "Vouchsafe Development",
                "vouchsafe_dev",
                DEV_RUNTIME_PRESET,
            )?),
            "" | "local" => Box::new(preset(
                "Vouchsafe Local",
                "vouchsafe_local",
                LOCAL_TESTNET_RUNTIME_PRESET,
            )?),
            path => Box::new(GenericChainSpec::<sc_service::NoExtension>::from_json_file(
                path.into(),
            )?),
        })
    }
}

/// The specification of a chain that starts from one of the runtime's genesis presets. It names no boot node and no
/// telemetry server.
fn preset(name: &str, id: &str, preset: &str) -> Result<GenericChainSpec, String> {
    let wasm = WASM_BINARY.ok_or(
        "This node was built with SKIP_WASM_BUILD and has no runtime in it. Give it a chain specification file, or \
         build it again without that variable.",
    )?;
    let kind = if preset == DEV_RUNTIME_PRESET {
        ChainType::Development
    } else {
        ChainType::Local
    };
    let mut properties = Properties::new();
    properties.insert("tokenSymbol".into(), constants::TOKEN_SYMBOL.into());
    properties.insert("tokenDecimals".into(), constants::TOKEN_DECIMALS.into());
    properties.insert("ss58Format".into(), constants::SS58_PREFIX.into());
    Ok(GenericChainSpec::builder(wasm, None)
        .with_name(name)
        .with_id(id)
        .with_protocol_id("vouchsafe")
        .with_chain_type(kind)
        .with_properties(properties)
        .with_genesis_config_preset_name(preset)
        .build())
}

/// Parse the command line and do what it says.
pub fn run() -> sc_cli::Result<()> {
    let cli = Cli::from_args();
    match &cli.subcommand {
        None => cli
            .create_runner(&cli.run)?
            .run_node_until_exit(|config| async move {
                match config.network.network_backend {
                    NetworkBackendType::Libp2p => service::start::<
                        sc_network::NetworkWorker<vouchsafe_runtime::opaque::Block, Hash>,
                    >(config),
                    NetworkBackendType::Litep2p => {
                        service::start::<sc_network::Litep2pNetworkBackend>(config)
                    }
                }
                .map_err(sc_cli::Error::Service)
            }),
        Some(Subcommand::Key(command)) => command.run(&cli),
        Some(Subcommand::ExportChainSpec(command)) => command.run(cli.load_spec(&command.chain)?),
        #[allow(deprecated)]
        Some(Subcommand::BuildSpec(command)) => cli
            .create_runner(command)?
            .sync_run(|config| command.run(config.chain_spec, config.network)),
        Some(Subcommand::CheckBlock(command)) => cli.create_runner(command)?.async_run(|config| {
            let Partial {
                client,
                task_manager,
                import_queue,
                ..
            } = service::partial(&config)?;
            Ok((command.run(client, import_queue), task_manager))
        }),
        Some(Subcommand::ExportBlocks(command)) => cli.create_runner(command)?.async_run(|config| {
            let Partial {
                client, task_manager, ..
            } = service::partial(&config)?;
            Ok((command.run(client, config.database), task_manager))
        }),
        Some(Subcommand::ExportState(command)) => cli.create_runner(command)?.async_run(|config| {
            let Partial {
                client, task_manager, ..
            } = service::partial(&config)?;
            Ok((command.run(client, config.chain_spec), task_manager))
        }),
        Some(Subcommand::ImportBlocks(command)) => cli.create_runner(command)?.async_run(|config| {
            let Partial {
                client,
                task_manager,
                import_queue,
                ..
            } = service::partial(&config)?;
            Ok((command.run(client, import_queue), task_manager))
        }),
        Some(Subcommand::PurgeChain(command)) => cli
            .create_runner(command)?
            .sync_run(|config| command.run(config.database)),
        Some(Subcommand::Revert(command)) => cli.create_runner(command)?.async_run(|config| {
            let Partial {
                client,
                task_manager,
                backend,
                ..
            } = service::partial(&config)?;
            let undo_votes = Box::new(|client, _, blocks| {
                sc_consensus_grandpa::revert(client, blocks)?;
                Ok(())
            });
            Ok((command.run(client, backend, Some(undo_votes)), task_manager))
        }),
        Some(Subcommand::ChainInfo(command)) => cli
            .create_runner(command)?
            .sync_run(|config| command.run::<Block>(&config)),
    }
}
