//! Whether a dataset may be derived from what it names, judged before its files are anonymised as the chain will judge
//! when its record is registered.

use vouchsafe_protocol::royalty::{Ancestor, Royalties};

use crate::{
    domain::{DatasetRefusal, NewDataset},
    ports::{Chain, ChainError},
};

/// What speaks against the dataset's parents now: one that is unknown or withdrawn, or too many ancestors behind them.
pub(super) async fn objection(
    chain: &dyn Chain,
    dataset: &NewDataset,
) -> Result<Option<DatasetRefusal>, ChainError> {
    let mut ancestors = Vec::with_capacity(dataset.parents().len());
    for parent in dataset.parents() {
        let record = parent.record;
        match chain.record(record).await? {
            None => return Ok(Some(DatasetRefusal::UnknownParent { record })),
            Some(row) if !row.live => return Ok(Some(DatasetRefusal::WithdrawnParent { record })),
            Some(row) => ancestors.push(Ancestor {
                owner: row.owner,
                share_ppm: parent.share_ppm,
                royalties: row.royalties,
            }),
        }
    }
    Ok(Royalties::of(&ancestors).err().map(DatasetRefusal::Ancestry))
}
