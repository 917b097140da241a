//! What a policy may not say.

use super::{Action, MOST_CELLS, Operator, Policy};
use crate::coco;
use crate::error::LoadError;
use crate::found::Class;
use crate::look::Views;
use std::fmt::Display;
use std::ops::RangeInclusive;

impl Policy {
    /// Refuses the first value outside the bounds given at each field, with its key, and what contradicts itself. Error:
    /// `Policy`.
    pub fn validate(&self) -> Result<(), LoadError> {
        self.check_name()?;
        for class in Class::ALL {
            self.check_class(class)?;
        }
        self.check_grade()?;
        self.check_keep()?;
        check_views("views", &self.views)?;
        share("gate.faces", self.gate.faces)?;
        share("gate.second", self.gate.second)?;
        within("gate.escalations", self.gate.escalations, 0..=8)?;
        check_views("gate.views", &self.gate.views)?;
        check_views("gate.second_views", &self.gate.second_views)?;
        within("gate.closer", self.gate.closer, 0..=64)?;
        within("limits.max_pixels", self.limits.max_pixels, 1..=1_000_000_000)?;
        within("limits.max_side", self.limits.max_side, 1..=1_000_000)?;
        within("output.jpeg_quality", self.output.jpeg_quality, 50..=100)
    }

    fn check_name(&self) -> Result<(), LoadError> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !(1..=40).contains(&self.name.len()) || !self.name.chars().all(plain) {
            return refuse(format!(
                "name is {:?}, wanted 1 to 40 characters of a-z, 0-9 and -",
                self.name
            ));
        }
        Ok(())
    }

    fn check_class(&self, class: Class) -> Result<(), LoadError> {
        let key = format!("classes.{}", class.name());
        let treatment = self.treatment(class);
        share(&format!("{key}.threshold"), treatment.threshold)?;
        // Shares under a thousandth are refused: their canonical spelling would need an exponent.
        if treatment.margin != 0.0 && !(0.001..=2.0).contains(&treatment.margin) {
            return refuse(format!(
                "{key}.margin is {}, wanted 0, or 0.001 to 2",
                treatment.margin
            ));
        }
        match treatment.operator {
            Operator::Mosaic { cells } => within(&format!("{key}.operator.cells"), cells, 1..=MOST_CELLS),
            Operator::Silhouette { .. } if class != Class::Person => refuse(format!(
                "{key}.operator is silhouette, which only persons have: wanted solid, mosaic, blur or inpaint"
            )),
            _ => Ok(()),
        }
    }

    fn check_grade(&self) -> Result<(), LoadError> {
        if matches!(self.classes.face.action, Action::Report | Action::Ignore) {
            return refuse(
                "classes.face.action leaves faces visible, which earns no grade: wanted mask or refuse"
                    .into(),
            );
        }
        let spoils = |class: &Class| {
            let treatment = self.treatment(*class);
            treatment.action == Action::Mask && treatment.operator.grade() < self.wanted
        };
        if let Some(class) = Class::ALL.into_iter().find(spoils) {
            return refuse(format!(
                "grade is {}, which the operator {} of classes.{} cannot earn",
                self.wanted.name(),
                self.treatment(class).operator.name(),
                class.name()
            ));
        }
        Ok(())
    }

    fn check_keep(&self) -> Result<(), LoadError> {
        share("keep.threshold", self.keep.threshold)?;
        for name in &self.keep.classes {
            if !coco::NAMES.contains(&name.as_str()) {
                return refuse(format!("keep.classes has {name:?}, which is no COCO name"));
            }
            let contradicted = [Class::Person, Class::Vehicle].into_iter().find(|class| {
                let action = self.treatment(*class).action;
                coco::class(name) == Some(*class) && matches!(action, Action::Mask | Action::Refuse)
            });
            if let Some(class) = contradicted {
                return refuse(format!(
                    "keep.classes has {name:?}, which classes.{} removes",
                    class.name()
                ));
            }
        }
        Ok(())
    }
}

fn check_views(key: &str, views: &Views) -> Result<(), LoadError> {
    within(&format!("{key}.min"), views.min, 32..=2048)?;
    within(&format!("{key}.max"), views.max, views.min..=2048)?;
    within(&format!("{key}.coarse"), views.coarse, 0..=2048)?;
    within(&format!("{key}.percent"), views.percent, 1..=400)?;
    if ![1, 4].contains(&views.turns) {
        return refuse(format!("{key}.turns is {}, wanted 1 or 4", views.turns));
    }
    // Smaller tiles would make a large photo thousands of looks.
    if views.tile != 0 && !(128..=2048).contains(&views.tile) {
        return refuse(format!("{key}.tile is {}, wanted 0, or 128 to 2048", views.tile));
    }
    within(&format!("{key}.tile_percent"), views.tile_percent, 1..=400)?;
    within(&format!("{key}.tile_min"), views.tile_min, 0..=views.tile)?;
    within(&format!("{key}.reduced"), views.reduced, 0..=100)?;
    within(&format!("{key}.aside"), views.aside, 0..=100)?;
    if ![0, 1, 4].contains(&views.tile_turns) {
        return refuse(format!(
            "{key}.tile_turns is {}, wanted 0, 1 or 4",
            views.tile_turns
        ));
    }
    within(&format!("{key}.overlap_percent"), views.overlap_percent, 0..=75)
}

/// Thresholds. Not a number is outside.
fn share(key: &str, value: f32) -> Result<(), LoadError> {
    within(key, value, 0.01..=1.0)
}

fn within<T: PartialOrd + Display>(key: &str, value: T, bounds: RangeInclusive<T>) -> Result<(), LoadError> {
    if bounds.contains(&value) {
        return Ok(());
    }
    refuse(format!(
        "{key} is {value}, wanted {} to {}",
        bounds.start(),
        bounds.end()
    ))
}

fn refuse(reason: String) -> Result<(), LoadError> {
    Err(LoadError::Policy(reason))
}
