//! The command line of Vouchsafe as a library, so that its parts can be tested: what is decided without a network is
//! in [`audit`], [`check`], [`purchase`], [`verify`], [`unpack`], [`contents`] and [`amount`]; the rest fetches, submits and shows.

#![deny(missing_docs)]

pub mod amount;
pub mod anchor;
pub mod arguments;
pub mod attest;
pub mod audit;
pub mod auditor;
mod bought;
pub mod bundle;
pub mod buy;
pub mod check;
pub mod dispute;
pub mod erase;
pub mod evaluate;
pub mod exhibits;
pub mod failure;
pub mod fault;
mod fetch;
pub mod filing;
pub mod forget;
pub mod gateway;
pub mod home;
pub mod inspect;
mod keep;
pub mod lineage;
pub mod market;
pub mod metadata;
pub mod multipart;
pub mod parents;
pub mod purchase;
pub mod rate;
pub mod receipts;
mod saved;
pub mod sell;
pub mod show;
pub mod terms;
pub mod trust;
pub mod unpack;
pub mod verify;
pub mod wishes;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod sealed;

use arguments::{Arguments, Command, KeyCommand};
use failure::Failure;
use gateway::Gateway;
use home::Home;
use show::Show;
use std::path::PathBuf;
use vouchsafe_chain_client::ChainClient;

/// Does what the command line says.
///
/// # Errors
/// See [`Failure`].
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments {
        node,
        home,
        key,
        json,
        command,
    } = arguments;
    let show = Show { json };
    // Verifying needs nothing of this machine but the files.
    let command = match command {
        Command::Verify {
            bundle,
            files,
            anchor,
            not_before,
            page,
        } => {
            let wish = check::Wish {
                bundle,
                files,
                anchor,
                not_before,
                page,
            };
            return check::run(show, &wish);
        }
        command => command,
    };
    let home = Home::find(home)?;
    match command {
        // Done above, before a home was looked for.
        Command::Verify { .. } => Ok(()),
        Command::Bundle {
            record,
            items,
            out,
            saved,
            gateway,
            token_file,
            anchor,
        } => {
            let wish = bundle::Wish {
                record,
                items,
                out,
                token: token_file.map(|path| token(Some(path))).transpose()?,
                gateway,
                anchor,
            };
            match (&wish.gateway, saved) {
                (Some(url), true) => bundle::saved(show, &Gateway::at(url)?, &wish),
                _ => {
                    let chain = ChainClient::connect(&node, None).await?;
                    let signer = || Ok(home.signer(&key)?);
                    bundle::fresh(show, &chain, &home.receipts(), signer, &wish).await
                }
            }
        }
        Command::Anchor { out } => anchor::run(show, &ChainClient::connect(&node, None).await?, &out).await,
        Command::Erase {
            record,
            gateway,
            token_file,
            yes,
        } => erase::run(show, &Gateway::at(&gateway)?, &token(token_file)?, record, yes),
        Command::Key {
            command: KeyCommand::New { name },
        } => market::key_new(show, &home, name.as_deref().unwrap_or(&key)),
        Command::Key {
            command: KeyCommand::Show { name },
        } => market::key_show(show, &home, name.as_deref().unwrap_or(&key)),
        Command::Sell {
            folder,
            title,
            price,
            description,
            licence,
            tags,
            parents,
            parent_documents,
            no_derivatives,
            derivatives_for,
            policy,
            keep,
            overrides,
            gateway,
            token_file,
            no_wait,
        } => {
            let token = token(token_file)?;
            let parent_documents = metadata::of_parents(show, &node, &parents, &parent_documents).await?;
            let derivation = sell::derivation(no_derivatives, derivatives_for, licence.as_deref());
            let sale = sell::Sale {
                folder,
                title,
                description,
                licence,
                price,
                tags,
                parents,
                parent_documents,
                derivation,
                policy,
                keep,
                overrides,
            };
            sell::run(show, &Gateway::at(&gateway)?, &token, &sale, !no_wait)
        }
        Command::Offers { all } => market::offers(show, &ChainClient::connect(&node, None).await?, all).await,
        Command::Buy {
            offer,
            out,
            max_price,
            gateway,
            dispute,
        } => {
            // A missing key is found out before the network is asked for anything.
            let signer = home.signer(&key)?;
            let chain = ChainClient::connect(&node, None).await?;
            buy::run(
                show,
                &home.receipts(),
                &home.exhibits(),
                &chain,
                &signer,
                &buy::Wish {
                    offer,
                    out,
                    gateway,
                    max_price,
                    dispute,
                },
            )
            .await
        }
        Command::Dispute {
            order,
            from,
            gateway,
            yes,
            dry_run,
        } => {
            let signer = home.signer(&key)?;
            let chain = ChainClient::connect(&node, None).await?;
            let wish = dispute::Wish {
                order,
                from,
                gateway,
                yes,
                dry_run,
            };
            dispute::run(show, &home.exhibits(), &chain, &signer, &wish).await
        }
        Command::Forget { order, all: _, yes } => {
            let signer = home.signer(&key)?;
            let chain = ChainClient::connect(&node, None).await?;
            forget::run(
                show,
                &home.receipts(),
                &chain,
                &signer,
                forget::Wish { order, yes },
            )
            .await
        }
        Command::Rate { order, word } => {
            let signer = home.signer(&key)?;
            let chain = ChainClient::connect(&node, None).await?;
            rate::run(show, &chain, &signer, order, word).await
        }
        Command::Trust { account, role } => {
            let account = market::account(&home, &account)?;
            trust::run(show, &ChainClient::connect(&node, None).await?, account, role).await
        }
        Command::Attest {
            file,
            false_metric,
            sighting,
        } => {
            let signer = home.signer(&key)?;
            let chain = ChainClient::connect(&node, None).await?;
            let wish = attest::Wish {
                file,
                false_metric,
                sighting,
            };
            attest::run(show, &chain, &signer, &wish).await
        }
        Command::Auditor { command } => {
            let account = market::account(&home, command.account())?;
            let chain = ChainClient::connect(&node, None).await?;
            auditor::run(show, &chain, || Ok(home.signer(&key)?), &command, account).await
        }
        Command::Audit { record, gateway } => {
            let chain = ChainClient::connect(&node, None).await?;
            inspect::run(show, &chain, record, gateway.as_deref()).await
        }
        // The only way to name no record is to ask for this.
        Command::Evaluate { record: None, .. } => evaluate::check_this_machine(show),
        Command::Evaluate {
            record: Some(record),
            items,
            out,
            looked,
            gateway,
            self_test: _,
        } => {
            let signer = home.signer(&key)?;
            let chain = ChainClient::connect(&node, None).await?;
            let wish = evaluate::Wish {
                record,
                items,
                out,
                gateway,
                looked,
            };
            evaluate::run(show, &chain, &home.receipts(), &signer, &wish).await
        }
        Command::Lineage { record, format } => {
            lineage::run(show, &ChainClient::connect(&node, None).await?, record, format).await
        }
        Command::Metadata {
            record,
            format,
            gateway,
        } => {
            let chain = ChainClient::connect(&node, None).await?;
            metadata::run(&chain, record, gateway.as_deref(), format).await
        }
        Command::Balance { account } => {
            let account = match account {
                Some(given) => market::account(&home, &given)?,
                None => home.signer(&key)?.account(),
            };
            market::balance(show, &ChainClient::connect(&node, None).await?, account).await
        }
        Command::Transfer { to, amount } => {
            let (to, signer) = (market::account(&home, &to)?, home.signer(&key)?);
            market::transfer(
                show,
                &ChainClient::connect(&node, None).await?,
                &signer,
                to,
                amount,
            )
            .await
        }
    }
}

fn token(path: Option<PathBuf>) -> Result<String, Failure> {
    let path = path.ok_or(Failure::NoToken)?;
    let text = std::fs::read_to_string(&path).map_err(Failure::disk("reading the token", &path))?;
    Ok(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_token_file_selling_says_which_file_is_meant() {
        let failure = token(None).unwrap_err();
        assert!(failure.to_string().contains("operator.token"), "{failure}");
        assert!(matches!(
            token(Some("nowhere/operator.token".into())),
            Err(Failure::Disk { .. })
        ));
    }

    #[test]
    fn a_token_is_read_without_the_line_end() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "abc123\n").unwrap();
        assert_eq!(token(Some(file.path().to_owned())).unwrap(), "abc123");
    }
}
