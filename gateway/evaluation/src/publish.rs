//! The label for machines: members of a Croissant document (JSON-LD) about one dataset.

use serde::Serialize;

use crate::label::Label;
use crate::metric::{SUITE_VERSION, suite_digest};

/// One `dqv:QualityMeasurement` (W3C Data Quality Vocabulary, note of 2016).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Measurement {
    #[serde(rename = "@type")]
    kind: &'static str,
    #[serde(rename = "dqv:isMeasurementOf")]
    metric: Reference,
    #[serde(rename = "dqv:value")]
    pub value: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Reference {
    #[serde(rename = "@id")]
    id: String,
}

/// Members to put beside the others of a `sc:Dataset`. The document's context must bind `dqv` to
/// `http://www.w3.org/ns/dqv#` and `rai` to `http://mlcommons.org/croissant/RAI/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Published {
    #[serde(rename = "dqv:hasQualityMeasurement")]
    pub measurements: Vec<Measurement>,
    #[serde(rename = "rai:dataPreprocessingProtocol")]
    pub preprocessing: Vec<String>,
    #[serde(rename = "rai:dataLimitations")]
    pub limitations: Vec<String>,
    #[serde(rename = "rai:personalSensitiveInformation")]
    pub personal: Vec<String>,
}

impl Measurement {
    /// The metric's name within the suite, which is the last part of its IRI.
    pub fn name(&self) -> &str {
        self.metric.id.rsplit('/').next().unwrap_or_default()
    }
}

/// A metric is named by the suite's version and digest, so that the same name never means another formula:
/// `urn:vouchsafe:suite:3:0x…/items`.
pub fn publish(label: &Label) -> Published {
    let suite = format!("urn:vouchsafe:suite:{SUITE_VERSION}:{}", suite_digest());
    let mut figures: Vec<(String, u64)> = vec![
        ("items".into(), label.items),
        ("pixels-median".into(), label.pixels.median),
        ("blurred-items".into(), label.blurred),
        ("crisp-items".into(), label.crisp),
        ("dark-items".into(), label.dark),
        ("bright-items".into(), label.bright),
        ("noise-median".into(), label.noise.median),
        ("entropy-median".into(), label.entropy.median),
        ("colourfulness-median".into(), label.colourfulness.median),
        ("repeated-items".into(), label.repeats_inside),
        ("flat-items".into(), label.flat),
        ("changed-ppm-mean".into(), label.changed_ppm),
    ];
    figures.extend(label.repeats_earlier.map(|items| ("earlier-items".into(), items)));
    let iri = |name: &crate::ClassName| name.as_str().replace(' ', "-");
    for (name, present) in label.objects.iter().flatten() {
        figures.push((format!("objects-{}-items", iri(name)), present.items));
    }
    for (name, sum) in &label.removed {
        figures.push((format!("found-{}", iri(name)), sum.found));
        figures.push((format!("replaced-{}", iri(name)), sum.replaced));
    }
    for (name, left) in &label.residual {
        figures.push((format!("residual-{}", iri(name)), *left));
    }
    let measurements = (figures.into_iter())
        .map(|(name, value)| Measurement {
            kind: "dqv:QualityMeasurement",
            metric: Reference {
                id: format!("{suite}/{name}"),
            },
            value,
        })
        .collect();
    Published {
        measurements,
        preprocessing: preprocessing(label),
        limitations: limitations(label),
        personal: personal(label),
    }
}

fn preprocessing(label: &Label) -> Vec<String> {
    (label.removed.iter())
        .map(|(name, sum)| {
            let (name, found, replaced) = (name.as_str(), sum.found, sum.replaced);
            format!("Class {name}: {found} found, {replaced} replaced.")
        })
        .collect()
}

fn limitations(label: &Label) -> Vec<String> {
    let all = label.items;
    let told = [
        (label.blurred, "are blurred"),
        (label.dark, "are too dark"),
        (label.bright, "are too bright"),
        (label.repeats_inside, "look like an earlier picture of the set"),
        (
            label.repeats_earlier.unwrap_or(0),
            "look like a picture that was listed before",
        ),
    ];
    (told.into_iter())
        .filter(|(items, _)| *items > 0)
        .map(|(items, what)| format!("{items} of {all} pictures {what}."))
        .collect()
}

fn personal(label: &Label) -> Vec<String> {
    let mut sentences: Vec<String> = (label.residual.iter())
        .map(|(name, left)| match left {
            0 => format!("Class {}: none was seen at the last look.", name.as_str()),
            left => format!(
                "Class {}: {left} were still seen at the last look.",
                name.as_str()
            ),
        })
        .collect();
    let on_purpose = label.removed.iter().filter(|(_, sum)| sum.left_on_purpose > 0);
    sentences.extend(on_purpose.map(|(name, sum)| {
        format!(
            "Class {}: {} were seen and left on purpose.",
            name.as_str(),
            sum.left_on_purpose
        )
    }));
    sentences
}

#[cfg(test)]
#[path = "publish_tests.rs"]
mod tests;
