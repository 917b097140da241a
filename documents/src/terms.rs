//! Whether others may list what they derive from a dataset, as its metadata document says in ODRL 2.2
//! (<https://www.w3.org/TR/odrl-model/>), within `usageInfo` as Croissant 1.1 has it.

use crate::many;
use core::fmt;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use vouchsafe_protocol::record::WHOLE_PPM;

const ODRL: &str = "http://www.w3.org/ns/odrl/2/";
/// The share of a derived record's sales that goes to its parent, parts per million.
const SHARE: &str = "urn:vouchsafe:share-of-sales";
const PPM: &str = "urn:vouchsafe:parts-per-million";

/// Whether records may be derived from a dataset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Derivation {
    /// The document has no rule about it: what the licence's text says is all there is.
    #[default]
    Unstated,
    /// Nothing may be derived.
    Forbidden,
    /// To whom gives at least so much of what each sale earns.
    Allowed {
        /// Parts per million, 0 to 1,000,000.
        least_share_ppm: u32,
    },
}

/// A parent that does not want this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Breach {
    /// Its terms forbid derivation.
    Forbidden,
    /// It asks for more than it is given.
    ShareTooSmall {
        /// Parts per million.
        asked_ppm: u32,
    },
}

/// A document that speaks of derivation in words that are not understood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnclearTerms;

impl fmt::Display for UnclearTerms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("its document speaks of derivation in words that are not understood")
    }
}

impl core::error::Error for UnclearTerms {}

impl Derivation {
    /// Whether nothing is said.
    pub fn is_unstated(&self) -> bool {
        *self == Self::Unstated
    }

    /// What the terms have against a record that gives `share_ppm` of what it earns.
    pub fn breach(&self, share_ppm: u32) -> Option<Breach> {
        match *self {
            Self::Unstated => None,
            Self::Forbidden => Some(Breach::Forbidden),
            Self::Allowed { least_share_ppm } if share_ppm < least_share_ppm => Some(Breach::ShareTooSmall {
                asked_ppm: least_share_ppm,
            }),
            Self::Allowed { .. } => None,
        }
    }

    /// The `usageInfo` of a document: an ODRL offer of the account `assigner` about `target`.
    pub fn policy(&self, assigner: &str, target: &str) -> Value {
        let mut permissions = vec![json!({
            "@type": "odrl:Permission",
            "odrl:action": { "@id": "odrl:use" },
        })];
        let mut policy = json!({
            "@type": ["CreativeWork", "odrl:Offer"],
            "name": "Terms that programs can read",
            "description": "The text of the licence, which an order accepts by its hash, comes before these rules.",
            "odrl:assigner": { "@id": assigner },
            "odrl:target": { "@id": target },
        });
        let derive = json!({ "@id": "odrl:derive" });
        match *self {
            Self::Unstated => {}
            Self::Forbidden => {
                policy["odrl:prohibition"] = json!([{ "@type": "odrl:Prohibition", "odrl:action": derive }]);
            }
            Self::Allowed { least_share_ppm } => permissions.push(json!({
                "@type": "odrl:Permission",
                "odrl:action": derive,
                "odrl:duty": [{
                    "@type": "odrl:Duty",
                    "odrl:action": { "@id": "odrl:compensate" },
                    "odrl:constraint": [{
                        "@type": "odrl:Constraint",
                        "odrl:leftOperand": { "@id": SHARE },
                        "odrl:operator": { "@id": "odrl:gteq" },
                        "odrl:rightOperand": least_share_ppm,
                        "odrl:unit": { "@id": PPM },
                    }],
                }],
            })),
        }
        policy["odrl:permission"] = Value::Array(permissions);
        policy
    }

    /// What a metadata document says, one of another gateway too. A document without `usageInfo` states nothing.
    ///
    /// # Errors
    /// [`UnclearTerms`]: derivation is permitted, on conditions other than those that [`Derivation::policy`] writes.
    pub fn of_document(document: &Value) -> Result<Self, UnclearTerms> {
        let policies = || many(&document["usageInfo"]).iter();
        let rules = |name: &'static str| {
            policies()
                .flat_map(move |policy| many(&policy[name]))
                .filter(|rule| {
                    many(&rule["odrl:action"])
                        .iter()
                        .any(|action| is(action, "derive"))
                })
        };
        if rules("odrl:prohibition").next().is_some() {
            return Ok(Self::Forbidden);
        }
        let mut found = Self::Unstated;
        for rule in rules("odrl:permission") {
            if !rule["odrl:constraint"].is_null() {
                return Err(UnclearTerms);
            }
            let mut asked = 0;
            for duty in many(&rule["odrl:duty"]) {
                asked = asked.max(share_asked(duty).ok_or(UnclearTerms)?);
            }
            found = match found {
                // Of several permissions the one that asks least is enough.
                Self::Allowed { least_share_ppm } => Self::Allowed {
                    least_share_ppm: least_share_ppm.min(asked),
                },
                Self::Unstated | Self::Forbidden => Self::Allowed {
                    least_share_ppm: asked,
                },
            };
        }
        Ok(found)
    }
}

impl fmt::Display for Derivation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unstated => f.write_str("nothing is said of derivation"),
            Self::Forbidden => f.write_str("derivation is forbidden"),
            Self::Allowed { least_share_ppm: 0 } => f.write_str("derivation is allowed for nothing"),
            Self::Allowed { least_share_ppm } => write!(
                f,
                "derivation is allowed for {} of what it earns",
                percent(*least_share_ppm)
            ),
        }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forbidden => f.write_str("its terms forbid derivation"),
            Self::ShareTooSmall { asked_ppm } => write!(f, "its terms ask for {}", percent(*asked_ppm)),
        }
    }
}

/// A share in per cent, exactly, without zeros at the end: `12.5 %`.
pub fn percent(share_ppm: u32) -> String {
    let (whole, rest) = (share_ppm / 10_000, share_ppm % 10_000);
    if rest == 0 {
        return format!("{whole} %");
    }
    let fraction = format!("{rest:04}");
    format!("{whole}.{} %", fraction.trim_end_matches('0'))
}

/// Whether a value names a term of ODRL.
fn is(value: &Value, term: &str) -> bool {
    let name = value
        .as_str()
        .or_else(|| value["@id"].as_str())
        .unwrap_or_default();
    name.strip_prefix("odrl:").or_else(|| name.strip_prefix(ODRL)) == Some(term)
}

/// What a duty asks for, if it is the one that we know: a share of the sales.
fn share_asked(duty: &Value) -> Option<u32> {
    let [constraint] = many(&duty["odrl:constraint"]) else {
        return None;
    };
    let known = is(&duty["odrl:action"], "compensate")
        && constraint["odrl:leftOperand"]["@id"] == SHARE
        && is(&constraint["odrl:operator"], "gteq")
        && constraint["odrl:unit"]["@id"] == PPM;
    let asked = u32::try_from(constraint["odrl:rightOperand"].as_u64()?).ok()?;
    (known && asked <= WHOLE_PPM).then_some(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(terms: Derivation) -> Value {
        json!({ "usageInfo": terms.policy("urn:vouchsafe:account:0x01", "urn:vouchsafe:offer:0x02") })
    }

    const ALL: [Derivation; 5] = [
        Derivation::Unstated,
        Derivation::Forbidden,
        Derivation::Allowed { least_share_ppm: 0 },
        Derivation::Allowed {
            least_share_ppm: 125_000,
        },
        Derivation::Allowed {
            least_share_ppm: WHOLE_PPM,
        },
    ];

    #[test]
    fn what_is_written_is_read_back() {
        for terms in ALL {
            assert_eq!(Derivation::of_document(&document(terms)), Ok(terms));
        }
    }

    #[test]
    fn a_document_without_rules_states_nothing() {
        for document in [
            json!({}),
            json!({"usageInfo": []}),
            json!({"usageInfo": "free"}),
            json!(7),
        ] {
            assert_eq!(
                Derivation::of_document(&document),
                Ok(Derivation::Unstated),
                "{document}"
            );
        }
    }

    #[test]
    fn full_names_and_single_values_mean_the_same_as_short_names_and_lists() {
        let forbidden = json!({"usageInfo": {"odrl:prohibition": {"odrl:action": format!("{ODRL}derive")}}});
        assert_eq!(Derivation::of_document(&forbidden), Ok(Derivation::Forbidden));
        let allowed =
            json!({"usageInfo": [{"odrl:permission": {"odrl:action": ["odrl:use", "odrl:derive"]}}]});
        assert_eq!(
            Derivation::of_document(&allowed),
            Ok(Derivation::Allowed { least_share_ppm: 0 })
        );
    }

    #[test]
    fn a_prohibition_beats_every_permission() {
        let mut both = document(ALL[3]);
        both["usageInfo"]["odrl:prohibition"] = json!({"odrl:action": {"@id": "odrl:derive"}});
        assert_eq!(Derivation::of_document(&both), Ok(Derivation::Forbidden));
    }

    #[test]
    fn conditions_that_are_not_understood_are_never_taken_for_none() {
        let rule = "/usageInfo/odrl:permission/1";
        for (at, value) in [
            ("odrl:constraint", json!({"odrl:leftOperand": "odrl:dateTime"})),
            ("odrl:duty", json!({"odrl:action": "odrl:inform"})),
            ("odrl:duty/0/odrl:action", json!("odrl:attribute")),
            ("odrl:duty/0/odrl:constraint", json!([])),
            (
                "odrl:duty/0/odrl:constraint/0/odrl:leftOperand",
                json!({"@id": "odrl:count"}),
            ),
            ("odrl:duty/0/odrl:constraint/0/odrl:operator", json!("odrl:lt")),
            ("odrl:duty/0/odrl:constraint/0/odrl:rightOperand", json!("much")),
            (
                "odrl:duty/0/odrl:constraint/0/odrl:rightOperand",
                json!(WHOLE_PPM + 1),
            ),
            (
                "odrl:duty/0/odrl:constraint/0/odrl:unit",
                json!({"@id": "urn:per-cent"}),
            ),
        ] {
            let mut changed = document(ALL[3]);
            let (parent, name) = at
                .rsplit_once('/')
                .map_or(("", at), |(parent, name)| (parent, name));
            let path = if parent.is_empty() {
                rule.to_owned()
            } else {
                format!("{rule}/{parent}")
            };
            changed.pointer_mut(&path).unwrap()[name] = value;
            assert_eq!(Derivation::of_document(&changed), Err(UnclearTerms), "{at}");
        }
    }

    #[test]
    fn only_what_the_terms_ask_is_no_breach() {
        let asks = ALL[3];
        assert_eq!(
            asks.breach(124_999),
            Some(Breach::ShareTooSmall { asked_ppm: 125_000 })
        );
        assert_eq!(asks.breach(125_000), None);
        assert_eq!(Derivation::Forbidden.breach(WHOLE_PPM), Some(Breach::Forbidden));
        assert_eq!(Derivation::Unstated.breach(0), None);
    }

    #[test]
    fn terms_and_shares_are_told_in_plain_words() {
        assert_eq!(
            ALL[3].to_string(),
            "derivation is allowed for 12.5 % of what it earns"
        );
        assert_eq!(ALL[2].to_string(), "derivation is allowed for nothing");
        assert_eq!(percent(1), "0.0001 %");
        assert_eq!(percent(WHOLE_PPM), "100 %");
        assert_eq!(
            Breach::ShareTooSmall { asked_ppm: 250_000 }.to_string(),
            "its terms ask for 25 %"
        );
    }

    #[test]
    fn the_words_of_an_upload_are_pinned() {
        for (terms, text) in [
            (ALL[0], r#""unstated""#),
            (ALL[1], r#""forbidden""#),
            (ALL[3], r#"{"allowed":{"least_share_ppm":125000}}"#),
        ] {
            assert_eq!(serde_json::to_string(&terms).unwrap(), text);
            assert_eq!(serde_json::from_str::<Derivation>(text).unwrap(), terms);
        }
        assert!(serde_json::from_str::<Derivation>(r#"{"allowed":{"least_share_ppm":1,"x":2}}"#).is_err());
    }
}
