//! Why a photo was refused. Every refusal is final for these bytes and this policy: trying again gives the same.

use crate::found::Class;

/// A photo that was not anonymised. No output exists when one of these is returned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnonymiseError {
    #[error("the file is empty")]
    Empty,
    #[error("not a JPEG, PNG or WebP photo: the content looks like {found}")]
    Unsupported { found: &'static str },
    #[error("{found} are not handled; save one frame as a still picture")]
    Animated { found: &'static str },
    #[error(
        "declared size {width} x {height} is over the limit of {max_side} px a side and {max_pixels} px in all"
    )]
    TooLarge {
        width: u32,
        height: u32,
        max_side: u32,
        max_pixels: u64,
    },
    #[error("damaged {format} file: {reason}")]
    Malformed { format: &'static str, reason: String },
    #[error(
        "the second look still finds {count} thing(s) in the output that should be gone, so it is withheld"
    )]
    ResidualFaces { count: u32 },
    #[error("kept region {position} is empty or not within the photo of {width} x {height} pixels")]
    KeptOutside {
        /// From 1.
        position: u32,
        width: u32,
        height: u32,
    },
    #[error("the policy refuses photos with a {}, and this one shows one", .class.name())]
    Forbidden { class: Class },
    #[error("the output holds {what}, which the allow-list does not know, so it is withheld")]
    Leftover { what: String },
    #[error("detection failed: {reason}")]
    Inference { reason: String },
    #[error("writing the {format} output failed: {reason}")]
    Encode { format: &'static str, reason: String },
}

impl AnonymiseError {
    /// A stable machine-readable name, for reports, metrics and problem documents.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty_file",
            Self::Unsupported { .. } => "unsupported_format",
            Self::Animated { .. } => "animated_picture",
            Self::TooLarge { .. } => "picture_too_large",
            Self::Malformed { .. } => "damaged_picture",
            Self::ResidualFaces { .. } => "residual_faces",
            Self::KeptOutside { .. } => "keep_outside_photo",
            Self::Forbidden { .. } => "forbidden_content",
            Self::Leftover { .. } => "residual_metadata",
            Self::Inference { .. } => "inference_failed",
            Self::Encode { .. } => "encoding_failed",
        }
    }

    /// True when the file is at fault (the uploader can act on it); false when this machine is.
    pub fn is_input_fault(&self) -> bool {
        match self {
            Self::Empty
            | Self::Unsupported { .. }
            | Self::Animated { .. }
            | Self::TooLarge { .. }
            | Self::Malformed { .. }
            | Self::KeptOutside { .. }
            | Self::Forbidden { .. }
            | Self::ResidualFaces { .. } => true,
            Self::Leftover { .. } | Self::Inference { .. } | Self::Encode { .. } => false,
        }
    }
}

/// The inference library, a model or a policy could not be taken into use. Told at start-up, never per photo.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    #[error(
        "the ONNX Runtime library is not at any of: {}; run scripts/setup, or name it in VOUCHSAFE_ORT_LIBRARY",
        tried.join(", ")
    )]
    LibraryNotFound { tried: Vec<String> },
    #[error("{path} cannot be used as the ONNX Runtime library: {reason}; run scripts/setup")]
    Library { path: String, reason: String },
    #[error("this process already runs ONNX Runtime from {loaded}; {asked} cannot be loaded beside it")]
    AlreadyLoaded { loaded: String, asked: String },
    #[error("cannot read {path}")]
    Read { path: String, source: std::io::Error },
    #[error("model manifest {path} is not valid: {reason}")]
    Manifest { path: String, reason: String },
    #[error("model file {path} has sha256 {found}, its manifest wants {wanted}; it is not used")]
    Digest {
        path: String,
        wanted: String,
        found: String,
    },
    #[error("model {name} does not fit its manifest: {reason}")]
    Model { name: String, reason: String },
    #[error(
        "the policy requires that every {} is found, and there is no model for that: {model} is missing. Add it to the \
         models folder, or set required = false for this class, and the reports will say what stays in the photos",
        .class.name()
    )]
    Missing { class: Class, model: &'static str },
    #[error(
        "{device} device {index} cannot be used: {reason}; it wants an NVIDIA GPU and the ONNX Runtime library out of the \
         PyPI wheel onnxruntime-gpu, named in VOUCHSAFE_ORT_LIBRARY; or configure the device cpu"
    )]
    Device {
        device: &'static str,
        index: u32,
        reason: String,
    },
    #[error("policy: {0}")]
    Policy(String),
}
