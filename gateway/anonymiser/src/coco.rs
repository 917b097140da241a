//! The 80 things that detectors trained on COCO tell apart.

use crate::found::Class;

/// In the order of the nets' outputs: the categories of COCO 2017 by rising number, which leaves gaps.
/// Source: <https://cocodataset.org/#download>, `instances_val2017.json`.
pub(crate) const NAMES: [&str; 80] = [
    "person",
    "bicycle",
    "car",
    "motorcycle",
    "airplane",
    "bus",
    "train",
    "truck",
    "boat",
    "traffic light",
    "fire hydrant",
    "stop sign",
    "parking meter",
    "bench",
    "bird",
    "cat",
    "dog",
    "horse",
    "sheep",
    "cow",
    "elephant",
    "bear",
    "zebra",
    "giraffe",
    "backpack",
    "umbrella",
    "handbag",
    "tie",
    "suitcase",
    "frisbee",
    "skis",
    "snowboard",
    "sports ball",
    "kite",
    "baseball bat",
    "baseball glove",
    "skateboard",
    "surfboard",
    "tennis racket",
    "bottle",
    "wine glass",
    "cup",
    "fork",
    "knife",
    "spoon",
    "bowl",
    "banana",
    "apple",
    "sandwich",
    "orange",
    "broccoli",
    "carrot",
    "hot dog",
    "pizza",
    "donut",
    "cake",
    "chair",
    "couch",
    "potted plant",
    "bed",
    "dining table",
    "toilet",
    "tv",
    "laptop",
    "mouse",
    "remote",
    "keyboard",
    "cell phone",
    "microwave",
    "oven",
    "toaster",
    "sink",
    "refrigerator",
    "book",
    "clock",
    "vase",
    "scissors",
    "teddy bear",
    "hair drier",
    "toothbrush",
];

/// The place of a name in [`NAMES`], as nets number it.
pub(crate) fn number(name: &str) -> Option<u8> {
    let place = NAMES.iter().position(|one| *one == name)?;
    u8::try_from(place).ok()
}

/// What policies call a thing of this name; `None` for most. Vehicles are what carries a plate or may show its driver.
pub(crate) fn class(name: &str) -> Option<Class> {
    match name {
        "person" => Some(Class::Person),
        "car" | "motorcycle" | "bus" | "truck" => Some(Class::Vehicle),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn there_are_eighty_names_and_the_ones_that_policies_lean_on_are_at_their_places() {
        assert_eq!(BTreeSet::from(NAMES).len(), 80);
        let places = [
            (0, "person"),
            (2, "car"),
            (7, "truck"),
            (43, "knife"),
            (67, "cell phone"),
            (76, "scissors"),
        ];
        for (place, name) in places {
            assert_eq!(NAMES[place], name);
        }
    }

    #[test]
    fn every_name_that_has_a_class_is_a_coco_name() {
        let with_class: Vec<_> = NAMES.into_iter().filter(|name| class(name).is_some()).collect();
        assert_eq!(with_class, ["person", "car", "motorcycle", "bus", "truck"]);
        assert_eq!(class("knife"), None);
    }
}
