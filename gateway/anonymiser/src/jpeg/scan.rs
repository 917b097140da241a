//! One scan: blocks from bits (T.81 F.2 and G.2).

use super::bits::Bits;
use super::huffman::{Ac, Table};
use super::{Component, JpegError, malformed, marks, unsupported};

/// What a scan header says.
pub(super) struct Scan<'a> {
    pub members: Vec<Member<'a>>,
    /// First and last coefficient, in zigzag order.
    pub band: (usize, usize),
    /// True when the bits of `low` refine what earlier scans sent.
    pub refines: bool,
    /// The lowest bit sent: 0 to 13.
    pub low: u32,
    pub progressive: bool,
    /// MCUs between restart markers; 0 for none.
    pub restart: u32,
    pub data: &'a [u8],
}

pub(super) struct Member<'a> {
    /// Which component of the frame.
    pub index: usize,
    /// There where the scan needs it.
    pub dc: Option<&'a Table>,
    pub ac: Option<&'a Table>,
}

/// What is carried from block to block and forgotten at a restart.
#[derive(Default)]
struct Carry {
    dc: [i32; 3],
    /// Blocks still to come that hold nothing new in this band (T.81 G.1.2.2).
    empty: u32,
}

/// Reads a scan into the components. `mcus` is the number of MCUs of the frame, across and down.
/// Errors: `Malformed`, and `Unsupported` for coefficients out of range.
pub(super) fn decode(
    scan: &Scan,
    components: &mut [Component],
    mcus: (usize, usize),
) -> Result<(), JpegError> {
    let (first, last) = scan.band;
    let band = band(first, last);
    let low = scan.low;
    match (scan.progressive, first, scan.refines) {
        (false, ..) => walk(scan, components, mcus, |bits, carry, n, member, block| {
            let ac = member.ac.ok_or_else(no_table)?;
            block[0] = next_dc(bits, &mut carry.dc[n], member, 0)?;
            sequential(bits, ac, block)
        }),
        (true, 0, false) => walk(scan, components, mcus, |bits, carry, n, member, block| {
            block[0] = next_dc(bits, &mut carry.dc[n], member, low)?;
            Ok(())
        }),
        (true, 0, true) => walk(scan, components, mcus, |bits, _, _, _, block| {
            block[0] |= i16::from(bits.bit()) << low;
            Ok(())
        }),
        (true, _, false) => walk(scan, components, mcus, |bits, carry, _, member, block| {
            let ac = member.ac.ok_or_else(no_table)?;
            first_bits(bits, &mut carry.empty, ac, block, scan.band, low)
        }),
        (true, _, true) => walk(scan, components, mcus, |bits, carry, _, member, block| {
            let ac = member.ac.ok_or_else(no_table)?;
            more_bits(bits, &mut carry.empty, ac, block, band, scan.band, low)
        }),
    }
}

/// Marks of the coefficients `first` to `last`.
fn band(first: usize, last: usize) -> u64 {
    u64::MAX >> (63 - last) & u64::MAX << first
}

#[cold]
fn no_table() -> JpegError {
    unsupported("a scan without its Huffman table")
}

/// Calls `block` for every block in the order of the scan: by MCUs, or row by row when it has one component (A.2).
fn walk(
    scan: &Scan,
    components: &mut [Component],
    mcus: (usize, usize),
    block: impl Fn(&mut Bits, &mut Carry, usize, &Member, &mut [i16; 64]) -> Result<(), JpegError>,
) -> Result<(), JpegError> {
    let alone = scan.members.len() == 1;
    let (across, down) = match scan.members.as_slice() {
        [only] => components[only.index].shown,
        _ => mcus,
    };
    let mut bits = Bits::new(scan.data);
    let mut carry = Carry::default();
    let (mut until_restart, mut restarts) = (scan.restart, 0_u32);
    for y in 0..down {
        for x in 0..across {
            if scan.restart > 0 {
                if until_restart == 0 {
                    bits.restart(restarts)?;
                    restarts = restarts.wrapping_add(1);
                    carry = Carry::default();
                    until_restart = scan.restart;
                }
                until_restart -= 1;
            }
            for (n, member) in scan.members.iter().enumerate() {
                let component = &mut components[member.index];
                let (h, v) = if alone { (1, 1) } else { (component.h, component.v) };
                let wide = component.wide;
                for row in 0..v {
                    let start = (y * v + row) * wide + x * h;
                    for target in &mut component.blocks_mut()[start..start + h] {
                        block(&mut bits, &mut carry, n, member, target)?;
                    }
                }
            }
            bits.check()?;
        }
    }
    Ok(())
}

/// The next DC value, `low` bits up (F.2.2.1, G.1.2.1). Errors: `Unsupported` when it leaves 14 bits and a sign, so that
/// differences can always be written in 15.
#[inline]
fn next_dc(bits: &mut Bits, before: &mut i32, member: &Member, low: u32) -> Result<i16, JpegError> {
    let table = member.dc.ok_or_else(no_table)?;
    *before += table.difference(bits)?;
    let limit = 1 << (14 - low);
    if !(-limit..limit).contains(before) {
        return Err(unsupported("a coefficient out of range"));
    }
    Ok((*before << low) as i16)
}

#[cold]
fn past_the_end() -> JpegError {
    malformed("a block of more than 64 coefficients")
}

/// AC coefficients of a sequential block (F.2.2.2).
#[inline]
fn sequential(bits: &mut Bits, ac: &Table, block: &mut [i16; 64]) -> Result<(), JpegError> {
    let mut at = 1;
    while at < 64 {
        match ac.value(bits)? {
            Ac::Value(run, value) => {
                at += run;
                *block.get_mut(at).ok_or_else(past_the_end)? = value;
                at += 1;
            }
            Ac::Zero(15) => at += 16,
            Ac::Zero(_) => break,
        }
    }
    Ok(())
}

/// The number of blocks, with this one, that a symbol says to be empty (G.1.2.2).
#[inline]
fn empty_blocks(bits: &mut Bits, size: u32) -> u32 {
    (1 << size) + bits.take(size) as u32
}

/// A band's first scan (G.1.2.2).
#[inline]
fn first_bits(
    bits: &mut Bits,
    empty: &mut u32,
    ac: &Table,
    block: &mut [i16; 64],
    (first, last): (usize, usize),
    low: u32,
) -> Result<(), JpegError> {
    if *empty > 0 {
        *empty -= 1;
        return Ok(());
    }
    let mut at = first;
    while at <= last {
        match ac.value(bits)? {
            Ac::Value(run, value) => {
                at += run;
                if at > last {
                    return Err(past_the_end());
                }
                // Neither side reaches 16 bits, so that its size can be written in four.
                let value = i32::from(value) << low;
                if value.abs() > i32::from(i16::MAX) {
                    return Err(unsupported("a coefficient out of range"));
                }
                block[at] = value as i16;
                at += 1;
            }
            Ac::Zero(15) => at += 16,
            Ac::Zero(size) => {
                *empty = empty_blocks(bits, size) - 1;
                break;
            }
        }
    }
    Ok(())
}

/// One more bit for the coefficients of a band (G.1.2.3).
fn more_bits(
    bits: &mut Bits,
    empty: &mut u32,
    ac: &Table,
    block: &mut [i16; 64],
    band: u64,
    (first, last): (usize, usize),
    low: u32,
) -> Result<(), JpegError> {
    // No bit is sent twice, so this one is still zero and nothing leaves 15 bits.
    let refine = |bits: &mut Bits, value: &mut i16| {
        if bits.bit() {
            *value += value.signum() << low;
        }
    };
    let mut at = first;
    while *empty == 0 && at <= last {
        let symbol = ac.symbol(bits)?;
        let (mut run, size) = (u32::from(symbol >> 4), symbol & 15);
        let new = match (size, run) {
            (0, 15) => 0,
            (0, _) => {
                *empty = empty_blocks(bits, run);
                break;
            }
            (1, _) if bits.take(1) == 1 => 1 << low,
            (1, _) => -1 << low,
            _ => return Err(malformed("a refinement of more than one bit")),
        };
        // Passes `run` zeros and ends on the next one, which is where a new coefficient belongs.
        loop {
            if at > last {
                if new != 0 {
                    return Err(past_the_end());
                }
                break;
            }
            let value = &mut block[at];
            at += 1;
            if *value != 0 {
                refine(bits, value);
            } else if run == 0 {
                *value = new;
                break;
            } else {
                run -= 1;
            }
        }
    }
    if *empty > 0 {
        *empty -= 1;
        if at <= last {
            let mut left = marks(block) & band & u64::MAX << at;
            while left != 0 {
                refine(bits, &mut block[left.trailing_zeros() as usize]);
                left &= left - 1;
            }
        }
    }
    Ok(())
}
