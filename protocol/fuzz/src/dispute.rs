//! The pallet's verifier against the client's, over real sales in which the seller cheats, the download is damaged, or
//! the buyer makes the evidence up.

use super::{evidence::verdict, input::Input};
use codec::{DecodeAll, Encode};
use vouchsafe_protocol::{
    chunk::{CHUNK_LEN, Layout},
    delivery::{Blind, Context, OfferSecret},
    hash::{Sha256Fn, sha256},
    id::{Account, Digest, Genesis, OfferId, OrderId},
    key::OpenError,
    leaf::Leaf,
    misbehaviour::{Case, Evidence, Fault, NoFault},
    record::Content,
    sidecar::Sidecar,
    tree,
};

/// The input is a sale, what the seller does to it, the chunk that the buyer complains of, and what the buyer does to
/// the evidence.
pub fn check(bytes: &[u8], native: Sha256Fn) -> bool {
    let mut input = Input::new(bytes);
    let sale = Sale::read(&mut input);
    let index = input.below(sale.leaves.len() + 1) as u32;
    let Some(leaf) = sale.leaves.get(index as usize) else {
        sale.refuse_beyond_end(index);
        return false;
    };
    let ciphertext = &sale.chunks[index as usize];
    let evidence = ciphertext.clone().try_into().ok().map(|ciphertext| Evidence {
        blind: *sale.blind.expose(),
        index,
        leaf: *leaf,
        path: sale.path(index).try_into().unwrap(),
        ciphertext,
    });
    let answer = match &evidence {
        Some(evidence) => sale.verdict(evidence, native),
        // More than a chunk: nobody can file it, and no client builds it.
        None => Err(NoFault::WrongCiphertext),
    };
    sale.compare_with_client(index, ciphertext, answer, evidence.as_ref());
    if let Some(evidence) = evidence {
        sale.copy(&evidence, native);
        sale.forge(evidence, &mut input, native);
    }
    answer.is_ok()
}

struct Sale {
    layout: Layout,
    /// The leaves that the root commits to.
    leaves: Vec<Leaf>,
    /// The leaves of an honest seller.
    honest: Vec<Leaf>,
    /// Chunks as the buyer has them.
    chunks: Vec<Vec<u8>>,
    secret: OfferSecret,
    blind: Blind,
    /// The blind of another order of the same offer.
    other: Blind,
    case: Case,
}

impl Sale {
    fn read(input: &mut Input) -> Self {
        let genesis = Genesis(input.name());
        let offer = OfferId(input.name());
        let version = u32::from(input.byte());
        let secret = OfferSecret::derive(&input.name(), &genesis, &offer, version);
        let lengths: Vec<u64> = (0..=input.below(4)).map(|_| item_length(input)).collect();
        let layout = Layout::new(&lengths).unwrap();
        let key = secret.content_secret();
        let mut chunks: Vec<Vec<u8>> = (0..layout.chunks())
            .map(|index| vec![input.byte(); layout.chunk(index).unwrap().len as usize])
            .collect();
        let mut leaves: Vec<Leaf> = (0u32..)
            .zip(&mut chunks)
            .map(|(index, chunk)| key.seal(index, chunk))
            .collect();
        let honest = leaves.clone();
        for _ in 0..input.below(4) {
            tamper(input, &secret, &mut leaves, &mut chunks);
        }

        let content = Content {
            root: tree::root(&hashes(&leaves)).unwrap(),
            chunks: layout.chunks(),
            bytes: layout.bytes(),
        };
        let buyer = Account(input.name());
        let attempt = u32::from(input.byte());
        let blind_of = |attempt| Blind::from_seed(&[buyer.0[0] ^ 1; 32], &genesis, &offer, version, attempt);
        let blind = blind_of(attempt);
        let blinded = blind.blinded();
        let context = Context {
            genesis,
            offer,
            version,
            order: OrderId::derive(&genesis, &offer, version, &buyer, &blinded),
            buyer,
        };
        let evaluated = secret.evaluate(&blinded, &context, &[7; 32]).unwrap().evaluated;
        Self {
            layout,
            leaves,
            honest,
            chunks,
            other: blind_of(attempt + 1),
            blind,
            secret,
            case: Case {
                genesis,
                offer,
                version,
                content,
                blinded,
                evaluated,
            },
        }
    }

    fn path(&self, index: u32) -> Vec<Digest> {
        tree::path(&hashes(&self.leaves), u64::from(index)).unwrap()
    }

    /// What buyers can download: nothing, if a leaf lies about its length.
    fn sidecar(&self) -> Option<Sidecar> {
        let sidecar = Sidecar::new(self.layout.clone(), self.leaves.clone()).ok()?;
        assert_eq!(sidecar.root(), self.case.content.root);
        assert_eq!(Sidecar::decode(&sidecar.encode()).as_ref(), Ok(&sidecar));
        Some(sidecar)
    }

    /// The chain's answer, which never convicts by a leaf that an honest seller would have published.
    fn verdict(&self, evidence: &Evidence, native: Sha256Fn) -> Result<Fault, NoFault> {
        let answer = verdict(evidence, &self.case, native);
        if answer.is_ok() {
            let index = evidence.index as usize;
            assert_eq!(
                evidence.leaf, self.leaves[index],
                "only what was published convicts"
            );
            assert_ne!(evidence.leaf, self.honest[index], "an honest seller is convicted");
        }
        answer
    }

    /// What the client finds while it decrypts is exactly what it can prove.
    fn compare_with_client(
        &self,
        index: u32,
        ciphertext: &[u8],
        answer: Result<Fault, NoFault>,
        evidence: Option<&Evidence>,
    ) {
        let leaf = &self.leaves[index as usize];
        let Some(sidecar) = self.sidecar() else {
            let lies = leaf.len != self.honest[index as usize].len;
            let is_published = sha256(ciphertext) == leaf.ciphertext;
            if lies && is_published && evidence.is_some() && ciphertext.len() != leaf.len as usize {
                assert_eq!(answer, Ok(Fault::Length));
            }
            return;
        };
        let built = Evidence::build(&self.blind, &self.case, &sidecar, index, ciphertext);
        assert_eq!(built.as_ref().err(), answer.as_ref().err());
        assert_eq!(built.as_ref().ok(), evidence.filter(|_| answer.is_ok()));

        let secret = self.blind.unblind(&self.case.evaluated).unwrap();
        assert_eq!(secret.expose(), self.secret.content_secret().expose());
        let opened = secret.open(index, &mut ciphertext.to_vec(), &sidecar.leaves()[index as usize]);
        let proven = match opened {
            Ok(()) => Err(NoFault::Honest),
            Err(OpenError::Commitment) => Ok(Fault::Commitment),
            Err(OpenError::Ciphertext) => Err(NoFault::WrongCiphertext),
            Err(OpenError::Length { .. }) if evidence.is_some() && sha256(ciphertext) == leaf.ciphertext => {
                Ok(Fault::Length)
            }
            Err(OpenError::Length { .. }) => Err(NoFault::WrongCiphertext),
        };
        assert_eq!(answer, proven);
    }

    fn refuse_beyond_end(&self, index: u32) {
        let refused = Err(NoFault::IndexBeyondEnd {
            index,
            chunks: self.case.content.chunks,
        });
        if let Some(sidecar) = self.sidecar() {
            let built = Evidence::build(&self.blind, &self.case, &sidecar, index, &self.chunks[0]);
            assert_eq!(built, refused);
        }
    }

    /// Evidence that was copied from the pool serves no other order, whoever signs it.
    fn copy(&self, evidence: &Evidence, native: Sha256Fn) {
        let other = Case {
            blinded: self.other.blinded(),
            ..self.case
        };
        assert_eq!(verdict(evidence, &other, native), Err(NoFault::WrongBlind));
    }

    /// The rest of the input changes bytes of the evidence.
    fn forge(&self, evidence: Evidence, input: &mut Input, native: Sha256Fn) {
        let mut bytes = evidence.encode();
        while !input.is_empty() {
            let at = usize::from(input.u16()) % bytes.len();
            bytes[at] ^= input.byte();
        }
        if let Ok(forged) = Evidence::decode_all(&mut bytes.as_slice()) {
            // Whether it convicts is checked inside: never by a leaf that is honest or not there.
            let answer = self.verdict(&forged, native);
            assert!(
                forged.blind == evidence.blind || answer.is_err(),
                "another blind convicts"
            );
        }
    }
}

/// Short items mostly, because the fuzzer pays for every byte; at times one around a chunk's border.
fn item_length(input: &mut Input) -> u64 {
    match input.byte() {
        255 => u64::from(CHUNK_LEN) + 1,
        254 => u64::from(CHUNK_LEN),
        length => u64::from(length.max(1)),
    }
}

/// One thing that a seller may do before the root is published, or that may happen to a download.
fn tamper(input: &mut Input, secret: &OfferSecret, leaves: &mut [Leaf], chunks: &mut [Vec<u8>]) {
    let count = leaves.len();
    let (this, that) = (input.below(count), input.below(count));
    let (kind, mask) = (input.byte(), input.byte());
    let (leaf, chunk) = (&mut leaves[this], &mut chunks[this]);
    match kind % 10 {
        0 => leaf.commitment.0[0] ^= mask,
        1 => leaf.ciphertext.0[31] ^= mask,
        2 => chunk[0] ^= mask,
        3 => {
            chunk.fill(mask);
            leaf.ciphertext = sha256(chunk);
        }
        4 => {
            chunk.resize(chunk.len() + usize::from(mask), mask);
            leaf.ciphertext = sha256(chunk);
        }
        5 => {
            chunk.truncate(usize::from(mask));
            chunk.push(mask);
            leaf.ciphertext = sha256(chunk);
        }
        6 => leaf.len = u32::from(mask).wrapping_mul(0x0101_0101),
        7 => leaves.swap(this, that),
        8 => {
            leaves.swap(this, that);
            chunks.swap(this, that);
        }
        // Sealed a second time, or for another place.
        _ => {
            let len = leaf.len;
            *leaf = secret.content_secret().seal(that as u32, chunk);
            leaf.len = if mask == 0 { leaf.len } else { len };
        }
    }
}

fn hashes(leaves: &[Leaf]) -> Vec<Digest> {
    (0u32..)
        .zip(leaves)
        .map(|(index, leaf)| leaf.hash(index))
        .collect()
}
