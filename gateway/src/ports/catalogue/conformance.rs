//! What every adapter must do.

use vouchsafe_protocol::id::{OfferId, RecordId};

use super::{Catalogue, Entry};
use crate::domain::{JobId, Timestamp};

/// An entry whose ids and age follow from `at`.
pub fn entry(at: u8, tags: &[&str]) -> Entry {
    Entry {
        record: RecordId([at; 32]),
        offer: OfferId([at ^ 0xff; 32]),
        job: JobId([at; 16]),
        title: format!("Dataset {at}"),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        listed_at: Timestamp(u64::from(at)),
    }
}

fn titles(catalogue: &dyn Catalogue, tag: Option<&str>) -> Vec<String> {
    catalogue
        .list(tag)
        .unwrap()
        .into_iter()
        .map(|entry| entry.title)
        .collect()
}

pub fn finds_an_entry_by_record_and_by_offer(catalogue: &dyn Catalogue) {
    let listed = entry(1, &["street"]);
    catalogue.put(&listed).unwrap();
    assert_eq!(catalogue.by_record(listed.record).unwrap(), Some(listed.clone()));
    assert_eq!(catalogue.by_offer(listed.offer).unwrap(), Some(listed));
    assert_eq!(catalogue.by_record(RecordId([9; 32])).unwrap(), None);
    assert_eq!(catalogue.by_offer(OfferId([9; 32])).unwrap(), None);
}

pub fn lists_newest_first_and_by_whole_tags(catalogue: &dyn Catalogue) {
    catalogue.put(&entry(2, &["street", "night"])).unwrap();
    catalogue.put(&entry(1, &["street"])).unwrap();
    catalogue.put(&entry(3, &["street-art"])).unwrap();
    assert_eq!(titles(catalogue, None), ["Dataset 3", "Dataset 2", "Dataset 1"]);
    assert_eq!(
        titles(catalogue, Some("street")),
        ["Dataset 2", "Dataset 1"],
        "no tag is a prefix of another"
    );
    assert_eq!(titles(catalogue, Some("night")), ["Dataset 2"]);
    assert_eq!(titles(catalogue, Some("day")), [""; 0]);
}

pub fn forgets_old_tags_of_an_entry_that_is_put_again(catalogue: &dyn Catalogue) {
    catalogue.put(&entry(1, &["old"])).unwrap();
    catalogue.put(&entry(1, &["new"])).unwrap();
    assert_eq!(titles(catalogue, Some("old")), [""; 0]);
    assert_eq!(titles(catalogue, Some("new")), ["Dataset 1"]);
    assert_eq!(titles(catalogue, None), ["Dataset 1"]);
}

pub fn removes_an_entry_whole(catalogue: &dyn Catalogue) {
    let listed = entry(1, &["street"]);
    catalogue.put(&listed).unwrap();
    catalogue.remove(listed.record).unwrap();
    catalogue.remove(listed.record).unwrap();
    assert_eq!(catalogue.by_record(listed.record).unwrap(), None);
    assert_eq!(catalogue.by_offer(listed.offer).unwrap(), None);
    assert_eq!(titles(catalogue, Some("street")), [""; 0]);
}

pub fn holds_after_a_rebuild_exactly_what_it_was_given(catalogue: &dyn Catalogue) {
    catalogue.put(&entry(1, &["street"])).unwrap();
    catalogue
        .replace_all(&[entry(2, &["night"]), entry(3, &[])])
        .unwrap();
    assert_eq!(titles(catalogue, None), ["Dataset 3", "Dataset 2"]);
    assert_eq!(titles(catalogue, Some("street")), [""; 0]);
    assert_eq!(catalogue.by_offer(OfferId([1 ^ 0xff; 32])).unwrap(), None);
}

/// The whole suite; `fresh` makes an empty catalogue.
pub fn all<C: Catalogue>(fresh: impl Fn() -> C) {
    finds_an_entry_by_record_and_by_offer(&fresh());
    lists_newest_first_and_by_whole_tags(&fresh());
    forgets_old_tags_of_an_entry_that_is_put_again(&fresh());
    removes_an_entry_whole(&fresh());
    holds_after_a_rebuild_exactly_what_it_was_given(&fresh());
}
