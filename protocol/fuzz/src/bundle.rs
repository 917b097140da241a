//! [`Bundle::from_file`](vouchsafe_protocol::bundle::Bundle::from_file), and the checks over what it reads.

use vouchsafe_protocol::{
    bundle::{Bundle, FormatError, MAGIC, lineage, read},
    chunk::Layout,
    hash::sha256,
    log::{Frontier, Head},
};

/// The input is a file; without the magic, what would follow it.
pub fn check(bytes: &[u8]) -> bool {
    let file = if bytes.starts_with(&MAGIC) {
        bytes.to_vec()
    } else {
        [&MAGIC, bytes].concat()
    };
    let bundle = match Bundle::from_file(&file) {
        Ok(bundle) => bundle,
        Err(FormatError::Magic) => panic!("the magic is there"),
        Err(FormatError::Trailing { bytes }) => {
            assert!((1..file.len()).contains(&bytes));
            let whole = &file[..file.len() - bytes];
            assert!(!matches!(
                Bundle::from_file(whole),
                Err(FormatError::Trailing { .. } | FormatError::Shape)
            ));
            return false;
        }
        Err(_) => return false,
    };
    assert_eq!(
        bundle.to_file().as_deref(),
        Ok(&file[..]),
        "one encoding for one bundle"
    );
    cut(&file);
    judge(&bundle);
    true
}

fn cut(file: &[u8]) {
    let shorter = &file[..file.len() - 1];
    assert_eq!(Bundle::from_file(shorter), Err(FormatError::Shape));
}

/// Every check gives an answer, whatever was read.
fn judge(bundle: &Bundle) {
    let listed: Vec<u64> = bundle.trail.iter().map(|(_, proof)| proof.index).collect();
    let heads = [
        Frontier::default().head(sha256),
        Head {
            size: u64::MAX,
            root: bundle.record.statement.report,
        },
    ];
    for head in heads {
        let standing = read(
            &bundle.genesis,
            &bundle.record,
            &bundle.trail,
            &listed,
            &head,
            u32::MAX,
        );
        // Nobody finds a path to a given root by guessing.
        assert!(standing.is_err());
    }
    if let Ok(found) = lineage(&bundle.genesis, &bundle.record, &bundle.ancestors) {
        let known = |id| bundle.ancestors.iter().any(|ancestor| ancestor.record == id);
        assert!(found.missing.iter().all(|id| !known(*id)));
    }
    let content = &bundle.record.statement.content;
    if let Some(contents) = &bundle.contents
        && let Ok(layout) = Layout::new(&[contents.document.len() as u64])
    {
        let shown = contents.opening.verify(content, &layout, &contents.document);
        assert!(shown.is_err() || contents.opening.item == 0);
    }
}
