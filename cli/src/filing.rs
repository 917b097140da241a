//! What filing a proof makes public and brings, and whether the buyer wants it filed.

use crate::{amount, failure::Failure, show::size};
use serde_json::{Value, json};
use std::io;
use vouchsafe_chain_client::{OfferInfo, OrderInfo};
use vouchsafe_protocol::{id::OrderId, misbehaviour::Evidence, price::reward};

/// The question that a buyer at a terminal is asked.
const QUESTION: &str = "File the proof?";

/// A proof that would be accepted, before it is filed.
#[derive(Debug)]
pub struct Filing<'a> {
    /// Of which order.
    pub order: OrderId,
    /// The order on chain.
    pub row: &'a OrderInfo,
    /// Its offer.
    pub offer: &'a OfferInfo,
    /// What convicts the seller.
    pub evidence: &'a Evidence,
    /// Last height at which it can be filed.
    pub until: u32,
    /// The latest finalised height.
    pub now: u32,
}

impl Filing<'_> {
    /// What the buyer gets out of the bond, and how much of it is burned, planck.
    fn division(&self) -> (u128, u128) {
        let reward = reward(self.offer.bond, self.offer.drawn, self.row.price);
        (reward, self.offer.bond.saturating_sub(reward))
    }

    /// All of it, for people.
    pub fn lines(&self) -> [String; 4] {
        let (order, until, now) = (self.order, self.until, self.now);
        let content = &self.offer.content;
        let (reward, burned) = self.division();
        [
            format!(
                "order {order}: chunk {} of {} ({} bytes) does not open to what the seller committed to",
                self.evidence.index,
                content.chunks,
                self.evidence.ciphertext.len()
            ),
            format!(
                "filing makes public for ever: the blind of this order, and with it the content of this offer ({}), \
                 which everybody can then read",
                size(content.bytes)
            ),
            "it opens no other offer and no other order of yours, and says nothing about your key".to_owned(),
            format!(
                "it brings {} (the price) and {} (out of the bond, at most a tenth of it), burns {} of the seller's \
                 bond and costs no fee; possible up to block {until} (now {now})",
                amount::show(self.row.price),
                amount::show(reward),
                amount::show(burned)
            ),
        ]
    }

    /// The same for programs, of a dry run.
    pub fn json(&self) -> Value {
        let (reward, burned) = self.division();
        json!({
            "order": self.order, "offer": self.row.offer, "dry_run": true, "accepted": true,
            "chunk": self.evidence.index, "chunks": self.offer.content.chunks,
            "becomes_public": ["the blind of this order", "the content of this offer"],
            "price": self.row.price.to_string(), "reward": reward.to_string(), "burned": burned.to_string(),
            "until": self.until, "now": self.now,
        })
    }

    /// Whether it is to be filed: said beforehand (`yes`), or now, by whoever `ask` asks; that is `None` where nobody sits
    /// at a terminal.
    ///
    /// # Errors
    /// [`Failure::Unfiled`] unless somebody said yes, [`Failure::Runtime`] when the answer cannot be read.
    pub fn agreed(
        &self,
        yes: bool,
        ask: impl FnOnce(&str) -> io::Result<Option<bool>>,
    ) -> Result<(), Failure> {
        if yes || ask(QUESTION)? == Some(true) {
            return Ok(());
        }
        Err(Failure::Unfiled { order: self.order })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fixtures::{ORDER, offer, order},
        show::ask_at,
    };
    use vouchsafe_protocol::{id::Digest, leaf::Leaf};

    fn evidence() -> Evidence {
        Evidence {
            blind: [1; 32],
            index: 2,
            leaf: Leaf {
                len: 70,
                ciphertext: Digest([2; 32]),
                commitment: Digest([3; 32]),
            },
            path: Vec::<Digest>::new().try_into().unwrap(),
            ciphertext: vec![4u8; 70].try_into().unwrap(),
        }
    }

    /// Plays the question with `typed` on the keyboard; also what the screen then shows, and what was left unread.
    fn played(terminal: bool, yes: bool, typed: &str) -> (Result<(), Failure>, String, usize) {
        let (offer, row, evidence) = (offer(), order(), evidence());
        let filing = Filing {
            order: ORDER,
            row: &row,
            offer: &offer,
            evidence: &evidence,
            until: 30,
            now: 9,
        };
        let (mut keyboard, mut screen) = (typed.as_bytes(), Vec::new());
        let answer = filing.agreed(yes, |question| {
            ask_at(terminal, question, &mut keyboard, &mut screen)
        });
        (answer, String::from_utf8(screen).unwrap(), keyboard.len())
    }

    fn is_unfiled(answer: Result<(), Failure>) -> bool {
        matches!(answer, Err(Failure::Unfiled { order }) if order == ORDER)
    }

    #[test]
    fn a_yes_at_the_terminal_files_the_proof() {
        for typed in ["y\n", "yes\n", "YES\n"] {
            let (answer, screen, _) = played(true, false, typed);
            assert!(answer.is_ok(), "{typed:?}: {answer:?}");
            assert_eq!(screen, "File the proof? [y/N] ");
        }
    }

    #[test]
    fn a_no_and_anything_else_files_nothing() {
        for typed in ["n\n", "no\n", "\n", "yesterday\n", "yes please\n"] {
            let (answer, screen, _) = played(true, false, typed);
            assert!(is_unfiled(answer), "{typed:?}");
            assert_eq!(screen, "File the proof? [y/N] ");
        }
    }

    #[test]
    fn only_the_first_line_is_the_answer() {
        let (answer, _, left) = played(true, false, "no\nyes\n");
        assert!(is_unfiled(answer));
        assert_eq!(left, "yes\n".len(), "the rest is nobody's answer");
    }

    #[test]
    fn the_end_of_input_files_nothing() {
        assert!(is_unfiled(played(true, false, "").0));
    }

    #[test]
    fn where_nobody_sits_at_a_terminal_nothing_is_asked_and_nothing_filed() {
        let (answer, screen, left) = played(false, false, "yes\n");
        assert!(is_unfiled(answer));
        assert_eq!((screen.as_str(), left), ("", 4));
    }

    #[test]
    fn who_said_yes_beforehand_is_not_asked() {
        let (answer, screen, left) = played(true, true, "no\n");
        assert!(answer.is_ok());
        assert_eq!((screen.as_str(), left), ("", 3));
    }

    #[test]
    fn an_answer_that_cannot_be_read_files_nothing() {
        let (offer, row, evidence) = (offer(), order(), evidence());
        let filing = Filing {
            order: ORDER,
            row: &row,
            offer: &offer,
            evidence: &evidence,
            until: 30,
            now: 9,
        };
        let answer = filing.agreed(false, |_| Err(io::Error::other("the terminal is gone")));
        assert!(matches!(answer, Err(Failure::Runtime(_))), "{answer:?}");
    }

    #[test]
    fn price_reward_and_what_becomes_public_are_told() {
        let (mut offer, row, evidence) = (offer(), order(), evidence());
        offer.bond = 5_000;
        let filing = Filing {
            order: ORDER,
            row: &row,
            offer: &offer,
            evidence: &evidence,
            until: 30,
            now: 9,
        };
        let said = filing.lines().join("\n");
        for wanted in [
            "chunk 2",
            "70 bytes",
            "the blind of this order",
            "up to block 30 (now 9)",
        ] {
            assert!(said.contains(wanted), "{wanted}: {said}");
        }
        let json = filing.json();
        let figures = ["price", "reward", "burned"].map(|figure| json[figure].as_str().unwrap());
        assert_eq!(figures, ["1000", "500", "4500"]);
    }
}
