//! One photo between reading and writing.
//!
//! A JPEG is kept as its coefficients where the policy says so and its kind allows it: what no mask touches then leaves
//! bit for bit as it came, under the orientation that it came with. Everything else is decoded, turned upright and
//! encoded anew.

use crate::codec;
use crate::container::Survey;
use crate::error::AnonymiseError;
use crate::format::Format;
use crate::jpeg::{Jpeg, JpegError};
use crate::policy::{JpegPath, Output};
use crate::raster::Raster;
use crate::report::{Rect, Units};

pub(crate) struct Photo {
    format: Format,
    source: Source,
    /// Upright, as it came.
    pub pixels: Raster,
}

enum Source {
    /// As stored, with the EXIF orientation (1 to 8) that turns it upright.
    Coefficients(Box<Jpeg>, u8),
    Pixels {
        jpeg_quality: u8,
    },
}

/// What leaves.
pub(crate) struct Written {
    pub bytes: Vec<u8>,
    /// As stored in the bytes.
    pub width: u32,
    pub height: u32,
    /// What was written, where coefficients were kept.
    kept: Option<Box<Jpeg>>,
}

/// A part of a picture, and where in it.
pub(crate) struct Part {
    pub place: Rect,
    /// As large as `place`.
    pub pixels: Raster,
}

impl Photo {
    /// Decodes what `survey` has found to be within the limits. Error: `Malformed`.
    pub fn read(
        format: Format,
        bytes: &[u8],
        survey: &Survey,
        output: &Output,
    ) -> Result<Self, AnonymiseError> {
        if format == Format::Jpeg && output.jpeg == JpegPath::Coefficients {
            match Jpeg::read(bytes) {
                Ok(jpeg) => {
                    let found = (jpeg.width, jpeg.height);
                    if found != (survey.width, survey.height) {
                        return Err(AnonymiseError::Malformed {
                            format: format.name(),
                            reason: "it declares two sizes".into(),
                        });
                    }
                    return Ok(Self {
                        format,
                        pixels: jpeg.to_raster(1).upright(survey.orientation),
                        source: Source::Coefficients(Box::new(jpeg), survey.orientation),
                    });
                }
                Err(JpegError::Malformed(reason)) => {
                    return Err(AnonymiseError::Malformed {
                        format: format.name(),
                        reason,
                    });
                }
                // Rare kinds of JPEG: nothing is kept of their coefficients, as of any other format.
                Err(JpegError::Unsupported(_)) => {}
            }
        }
        let stored = codec::decode(format, bytes, (survey.width, survey.height))?;
        Ok(Self {
            format,
            pixels: stored.upright(survey.orientation),
            source: Source::Pixels {
                jpeg_quality: output.jpeg_quality,
            },
        })
    }

    /// Writes the photo with what `painted`, upright and of the same size, shows in `areas`; `greys` are parts of them that
    /// show greys alone. Error: `Encode`.
    pub fn write(&self, painted: &Raster, areas: &[Rect], greys: &[Rect]) -> Result<Written, AnonymiseError> {
        match &self.source {
            Source::Pixels { jpeg_quality } => Ok(Written {
                bytes: codec::encode(self.format, painted, *jpeg_quality)?,
                width: painted.width,
                height: painted.height,
                kept: None,
            }),
            Source::Coefficients(jpeg, orientation) => {
                let upright = (painted.width, painted.height);
                let stored = |areas: &[Rect]| -> Vec<Rect> {
                    let turned = areas.iter().map(|area| area.turned_back(*orientation, upright));
                    turned.collect()
                };
                let mut out = jpeg.as_ref().clone();
                let painted = painted.clone().upright(back(*orientation));
                out.replace(&stored(areas), &stored(greys), &painted);
                Ok(Written {
                    bytes: out.write(*orientation),
                    width: out.width,
                    height: out.height,
                    kept: Some(Box::new(out)),
                })
            }
        }
    }

    /// What somebody who opens `written` sees, upright: decoded by another decoder than the one that wrote it. Error:
    /// `Malformed`.
    pub fn seen(&self, written: &Written) -> Result<Raster, AnonymiseError> {
        let stored = codec::decode(self.format, &written.bytes, (written.width, written.height))?;
        Ok(match &self.source {
            Source::Coefficients(_, orientation) => stored.upright(*orientation),
            Source::Pixels { .. } => stored,
        })
    }

    /// How many of the smallest coded units are those of the source, and the parts of the written picture, upright and apart,
    /// outside which every pixel is the source's; by the decoder that [`Self::pixels`] came from: another one rounds
    /// otherwise, which is no change of the photo. `None` where no coefficients were kept.
    pub fn compared(&self, written: &Written) -> Option<(Units, Vec<Part>)> {
        let Source::Coefficients(jpeg, orientation) = &self.source else {
            return None;
        };
        let kept = written.kept.as_ref()?;
        let same = jpeg.same_mcus(kept)?;
        let units = Units {
            all: same.len() as u32,
            identical: same.iter().filter(|same| **same).count() as u32,
        };
        Some((units, changed(kept, &same, *orientation)))
    }

    pub fn format(&self) -> Format {
        self.format
    }
}

/// The rows of MCUs of `kept` in which one is not the `same`, and their neighbours, for chroma reaches one row of pixels
/// beyond: upright, as pixels. Nothing else is transformed.
fn changed(kept: &Jpeg, same: &[bool], orientation: u8) -> Vec<Part> {
    let (width, height) = kept.mcu();
    let across = kept.width.div_ceil(width) as usize;
    let differs: Vec<bool> = same.chunks(across).map(|row| row.contains(&false)).collect();
    let near = |row: usize| differs[row.saturating_sub(1)..differs.len().min(row + 2)].contains(&true);
    let mut parts = Vec::new();
    let mut row = 0;
    while row < differs.len() {
        let end = (row..differs.len())
            .find(|at| !near(*at))
            .unwrap_or(differs.len());
        if row < end {
            let strip = kept.rows_to_raster(row..end);
            let place = Rect {
                x: 0,
                y: row as u32 * height,
                width: strip.width,
                height: strip.height,
            };
            parts.push(Part {
                place: place.turned_back(back(orientation), (kept.width, kept.height)),
                pixels: strip.upright(orientation),
            });
        }
        row = end + 1;
    }
    parts
}

/// The EXIF orientation that undoes another.
fn back(orientation: u8) -> u8 {
    match orientation {
        6 => 8,
        8 => 6,
        other => other,
    }
}

impl Rect {
    /// The area in the stored picture, of an area in the picture turned upright by `orientation`, which is `upright`
    /// pixels wide and high. The area must lie within it.
    fn turned_back(self, orientation: u8, (wide, high): (u32, u32)) -> Self {
        let Self { x, y, width, height } = self;
        let (left, above) = (x, y);
        let (right, below) = (wide - x - width, high - y - height);
        let (x, y) = match orientation {
            2 => (right, above),
            3 => (right, below),
            4 => (left, below),
            5 => (above, left),
            6 => (above, right),
            7 => (below, right),
            8 => (below, left),
            _ => (left, above),
        };
        let (width, height) = if (5..=8).contains(&orientation) {
            (height, width)
        } else {
            (width, height)
        };
        Self { x, y, width, height }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// White in `rect`, black elsewhere.
    fn marked(width: u32, height: u32, rect: Rect) -> Raster {
        let mut raster = Raster::new(width, height);
        for y in rect.y..rect.y + rect.height {
            for x in rect.x..rect.x + rect.width {
                let at = 3 * (y * width + x) as usize;
                raster.rgb[at..at + 3].fill(255);
            }
        }
        raster
    }

    #[test]
    fn an_area_is_turned_back_as_the_pixels_are_in_all_eight_orientations() {
        let rect = Rect {
            x: 2,
            y: 1,
            width: 4,
            height: 2,
        };
        let upright = marked(9, 5, rect);
        for orientation in 1..=8 {
            let stored = upright.clone().upright(back(orientation));
            let turned = rect.turned_back(orientation, (9, 5));
            assert_eq!(
                stored,
                marked(stored.width, stored.height, turned),
                "{orientation}"
            );
            assert_eq!(stored.upright(orientation), upright, "{orientation}");
        }
    }

    #[test]
    fn what_was_changed_is_shown_as_if_all_had_been_transformed_again_in_all_eight_orientations() {
        for orientation in 1..=8 {
            let jpeg = Jpeg::read(include_bytes!("../tests/fixtures/astronaut.jpg")).unwrap();
            let photo = Photo {
                format: Format::Jpeg,
                pixels: jpeg.to_raster(1).upright(orientation),
                source: Source::Coefficients(Box::new(jpeg), orientation),
            };
            // Apart, so that rows in between stay; one touches an edge.
            let (width, height) = (photo.pixels.width, photo.pixels.height);
            let (side, middle) = (20, width / 2);
            let area = |x, y| Rect {
                x,
                y,
                width: side,
                height: side,
            };
            let areas = [
                area(0, 30),
                area(middle, height - side),
                area(width - side, height / 2),
            ];
            let mut painted = photo.pixels.clone();
            for area in &areas {
                painted.put(&Raster::new(area.width, area.height), area.x, area.y);
            }
            let written = photo.write(&painted, &areas, &areas[..1]).unwrap();
            let whole = written.kept.as_ref().unwrap().to_raster(1).upright(orientation);
            let (units, parts) = photo.compared(&written).unwrap();
            let mut pixels = photo.pixels.clone();
            for part in &parts {
                pixels.put(&part.pixels, part.place.x, part.place.y);
            }
            assert!(0 < units.identical && units.identical < units.all, "{units:?}");
            assert!(pixels == whole, "orientation {orientation}");
            assert!(photo.pixels != whole);
            let transformed: usize = parts.iter().map(|part| part.pixels.rgb.len()).sum();
            assert!(transformed < whole.rgb.len(), "orientation {orientation}");
        }
    }
}
