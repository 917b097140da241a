//! What is painted over a mask, and what the result may be called.

use serde::{Deserialize, Serialize};

/// The most rows, and the most columns, of cells that a [`Operator::Mosaic`] may have.
pub const MOST_CELLS: u8 = 6;

/// How the pixels of a mask are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum Operator {
    /// One constant colour, the same for every photo. A mean colour would let two releases of one photo be linked.
    Solid { rgb: [u8; 3] },
    /// Drawn greys in a drawn number of rows and of columns, each at most `cells` (1 to [`MOST_CELLS`]), over the whole mask,
    /// whatever its size; about the masked pixels they tell one of four tones, and that mostly falsely.
    Mosaic { cells: u8 },
    /// The 4 x 4 mean values of the mask, smoothly interpolated; one mean where the mask has less than 8 pixels a side.
    /// Looks gentler, keeps more than a mosaic.
    Blur,
    /// The outline of a person filled with one constant colour; the whole box where no outline is known.
    Silhouette { rgb: [u8; 3] },
    /// The thing is gone: what is visible around the mask goes on over it. Takes more than the mask, for the shadow, and
    /// fades into the photo around that.
    Inpaint,
}

impl Operator {
    /// What the output may be called after this operator.
    ///
    /// Inpainting is a removal: nothing of the masked pixels decides what it paints.
    ///
    /// A silhouette is a removal: of the person's pixels none is left. That its edge shows a posture, it has in common
    /// with a photo whose persons are not masked at all.
    pub fn grade(self) -> Grade {
        match self {
            Self::Solid { .. } | Self::Silhouette { .. } | Self::Inpaint => Grade::Anonymous,
            Self::Mosaic { .. } | Self::Blur => Grade::Disguised,
        }
    }

    /// `solid`, `mosaic`, `blur`, `silhouette` or `inpaint`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Solid { .. } => "solid",
            Self::Mosaic { .. } => "mosaic",
            Self::Blur => "blur",
            Self::Silhouette { .. } => "silhouette",
            Self::Inpaint => "inpaint",
        }
    }

    /// Where masks overlap, the operator with the higher number wins: the one that leaves less.
    pub(crate) fn strength(self) -> u8 {
        match self {
            Self::Blur => 0,
            Self::Mosaic { .. } => 1,
            Self::Inpaint => 2,
            Self::Silhouette { .. } => 3,
            Self::Solid { .. } => 4,
        }
    }
}

/// An honest name for what is left: only removal earns the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// Something computed from the masked pixels is left; a determined attacker may use it.
    Disguised,
    /// The masked pixels are gone.
    Anonymous,
}

impl Grade {
    /// `anonymous` or `disguised`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Disguised => "disguised",
        }
    }
}

/// An operator as it is in files. By hand, because a derived enum would let `{ kind = "blur", cells = 3 }` pass.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rgb: Option<[u8; 3]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cells: Option<u8>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Solid,
    Mosaic,
    Blur,
    Silhouette,
    Inpaint,
}

impl TryFrom<Written> for Operator {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        match (written.kind, written.rgb, written.cells) {
            (Kind::Solid, Some(rgb), None) => Ok(Self::Solid { rgb }),
            (Kind::Silhouette, Some(rgb), None) => Ok(Self::Silhouette { rgb }),
            (Kind::Solid | Kind::Silhouette, ..) => Err("the operators solid and silhouette take rgb alone"),
            (Kind::Mosaic, None, Some(cells)) => Ok(Self::Mosaic { cells }),
            (Kind::Mosaic, ..) => Err("the operator mosaic takes cells alone"),
            (Kind::Blur, None, None) => Ok(Self::Blur),
            (Kind::Inpaint, None, None) => Ok(Self::Inpaint),
            (Kind::Blur | Kind::Inpaint, ..) => {
                Err("the operators blur and inpaint take neither rgb nor cells")
            }
        }
    }
}

impl From<Operator> for Written {
    fn from(operator: Operator) -> Self {
        let written = |kind, rgb, cells| Self { kind, rgb, cells };
        match operator {
            Operator::Solid { rgb } => written(Kind::Solid, Some(rgb), None),
            Operator::Silhouette { rgb } => written(Kind::Silhouette, Some(rgb), None),
            Operator::Mosaic { cells } => written(Kind::Mosaic, None, Some(cells)),
            Operator::Blur => written(Kind::Blur, None, None),
            Operator::Inpaint => written(Kind::Inpaint, None, None),
        }
    }
}
