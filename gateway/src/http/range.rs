//! Conditional and partial reads of content that never changes (RFC 9110 §13, §14), decided without any I/O.

/// The conditions of one request, as sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Conditions<'a> {
    pub if_none_match: Option<&'a str>,
    pub if_range: Option<&'a str>,
    pub range: Option<&'a str>,
}

/// What is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// 200 with everything.
    Whole,
    /// 206 with `len` bytes from `start`; `len` > 0.
    Part { start: u64, len: u64 },
    /// 304: the asker has it.
    NotModified,
    /// 416: nothing of what is asked exists.
    Unsatisfiable,
}

/// Decides for content of `bytes` bytes with the strong entity tag `etag` (quotes included).
///
/// One range is served. Several ranges, other units and what does not parse get everything, as RFC 9110 §14.2 lets a
/// server do. `If-Range` must be the strong tag: there are no dates, and weak tags never match there.
pub fn decide(conditions: Conditions<'_>, etag: &str, bytes: u64) -> Answer {
    if conditions
        .if_none_match
        .is_some_and(|list| matches_any(list, etag))
    {
        return Answer::NotModified;
    }
    let Some(range) = conditions.range else {
        return Answer::Whole;
    };
    if conditions.if_range.is_some_and(|tag| tag.trim() != etag) {
        return Answer::Whole;
    }
    match parse(range) {
        None => Answer::Whole,
        Some(Asked::From { start, end }) if start < bytes => {
            let end = end.unwrap_or(u64::MAX).min(bytes - 1);
            Answer::Part {
                start,
                len: end - start + 1,
            }
        }
        Some(Asked::Last { len }) if len > 0 && bytes > 0 => {
            let len = len.min(bytes);
            Answer::Part {
                start: bytes - len,
                len,
            }
        }
        Some(Asked::From { .. } | Asked::Last { .. }) => Answer::Unsatisfiable,
    }
}

/// `If-None-Match` compares weakly: a `W/` prefix does not matter.
fn matches_any(list: &str, etag: &str) -> bool {
    list.trim() == "*"
        || list
            .split(',')
            .any(|tag| tag.trim().trim_start_matches("W/") == etag)
}

enum Asked {
    From { start: u64, end: Option<u64> },
    Last { len: u64 },
}

fn parse(range: &str) -> Option<Asked> {
    let (unit, one) = range.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") || one.contains(',') {
        return None;
    }
    let (first, last) = one.trim().split_once('-')?;
    match (first.is_empty(), last.is_empty()) {
        (true, true) => None,
        (true, false) => Some(Asked::Last { len: digits(last)? }),
        (false, true) => Some(Asked::From {
            start: digits(first)?,
            end: None,
        }),
        (false, false) => {
            let (start, end) = (digits(first)?, digits(last)?);
            (start <= end).then_some(Asked::From {
                start,
                end: Some(end),
            })
        }
    }
}

/// Plain digits only; a number beyond 64 bits is as good as the largest.
fn digits(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: &str = "\"abc\"";

    fn range(range: &str, bytes: u64) -> Answer {
        decide(
            Conditions {
                range: Some(range),
                ..Conditions::default()
            },
            TAG,
            bytes,
        )
    }

    #[test]
    fn ranges_are_clamped_to_what_exists() {
        assert_eq!(range("bytes=0-0", 10), Answer::Part { start: 0, len: 1 });
        assert_eq!(range("bytes=3-5", 10), Answer::Part { start: 3, len: 3 });
        assert_eq!(range("bytes=3-", 10), Answer::Part { start: 3, len: 7 });
        assert_eq!(range("bytes=9-100", 10), Answer::Part { start: 9, len: 1 });
        assert_eq!(range("bytes=-4", 10), Answer::Part { start: 6, len: 4 });
        assert_eq!(range("bytes=-400", 10), Answer::Part { start: 0, len: 10 });
        assert_eq!(range("Bytes = 0-1", 10), Answer::Part { start: 0, len: 2 });
    }

    #[test]
    fn what_lies_beyond_the_end_is_unsatisfiable() {
        assert_eq!(range("bytes=10-", 10), Answer::Unsatisfiable);
        assert_eq!(range("bytes=10-20", 10), Answer::Unsatisfiable);
        assert_eq!(range("bytes=-0", 10), Answer::Unsatisfiable);
        assert_eq!(range("bytes=0-", 0), Answer::Unsatisfiable);
        assert_eq!(range("bytes=99999999999999999999999-", 10), Answer::Unsatisfiable);
    }

    #[test]
    fn what_is_not_one_plain_range_gets_everything() {
        for odd in [
            "bytes=0-1,3-4",
            "items=0-1",
            "bytes=5-3",
            "bytes=-",
            "bytes=+1-2",
            "bytes",
            "bytes=a-b",
            "",
        ] {
            assert_eq!(range(odd, 10), Answer::Whole, "{odd}");
        }
        assert_eq!(decide(Conditions::default(), TAG, 10), Answer::Whole);
    }

    #[test]
    fn a_range_holds_only_under_the_same_strong_tag() {
        let with = |if_range| {
            decide(
                Conditions {
                    range: Some("bytes=1-2"),
                    if_range: Some(if_range),
                    ..Conditions::default()
                },
                TAG,
                10,
            )
        };
        assert_eq!(with(TAG), Answer::Part { start: 1, len: 2 });
        assert_eq!(with("\"other\""), Answer::Whole);
        assert_eq!(with("W/\"abc\""), Answer::Whole);
        assert_eq!(with("Wed, 21 Oct 2015 07:28:00 GMT"), Answer::Whole);
    }

    #[test]
    fn who_has_the_tag_is_told_so_even_for_a_range() {
        let known = |list| Conditions {
            if_none_match: Some(list),
            range: Some("bytes=1-2"),
            ..Conditions::default()
        };
        for list in [TAG, "*", "W/\"abc\"", "\"x\", \"abc\""] {
            assert_eq!(decide(known(list), TAG, 10), Answer::NotModified, "{list}");
        }
        assert_eq!(decide(known("\"x\""), TAG, 10), Answer::Part { start: 1, len: 2 });
    }
}
