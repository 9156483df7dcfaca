//! Which rows of a long table are drawn: those in sight and some before and behind. Rows have different heights, so they are counted in
//! blocks, whose heights are guessed until they have been drawn once.

use std::ops::Range;

/// Rows of a block.
pub const BLOCK: usize = 8;

/// The heights of all blocks, in pixels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heights(Vec<f64>);

impl Heights {
    /// Guesses them: `height` of each row, in the order of the table.
    pub fn guess(rows: impl Iterator<Item = f64>) -> Self {
        let mut heights = Vec::new();
        for (at, height) in rows.enumerate() {
            if at % BLOCK == 0 {
                heights.push(0.0);
            }
            if let Some(last) = heights.last_mut() {
                *last += height;
            }
        }
        Self(heights)
    }

    /// The blocks that a stretch of the table touches, from `top` pixels on below its beginning.
    pub fn blocks(&self, top: f64, height: f64) -> Range<usize> {
        let (mut end, mut first) = (0.0, None);
        for (at, block) in self.0.iter().enumerate() {
            end += block;
            if first.is_none() && end > top {
                first = Some(at);
            }
            if end >= top + height {
                return first.unwrap_or(at)..at + 1;
            }
        }
        first.unwrap_or(self.0.len().saturating_sub(1))..self.0.len()
    }

    /// Pixels before the first of these blocks, and behind the last.
    pub fn around(&self, blocks: &Range<usize>) -> (f64, f64) {
        let sum = |part: Option<&[f64]>| part.unwrap_or_default().iter().sum();
        (sum(self.0.get(..blocks.start)), sum(self.0.get(blocks.end..)))
    }

    /// Takes down the height of a block that is drawn; whether it is another one than was thought.
    pub fn measured(&mut self, block: usize, height: f64) -> bool {
        match self.0.get_mut(block) {
            Some(known) if (*known - height).abs() >= 0.5 => {
                *known = height;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_in_sight_is_drawn_and_the_rest_keeps_its_place() {
        let mut heights = Heights::guess((0..BLOCK * 3 + 1).map(|_| 10.0));
        let block = 10.0 * BLOCK as f64;
        assert_eq!(heights.blocks(0.0, block), 0..1);
        assert_eq!(heights.blocks(block - 1.0, 2.0), 0..2);
        assert_eq!(heights.blocks(block * 3.0, 5.0), 3..4);
        assert_eq!(heights.blocks(9_999.0, 5.0), 3..4, "past the end is the end");
        assert_eq!(heights.blocks(-50.0, 10.0), 0..1, "above it, the beginning");
        assert_eq!(heights.around(&(1..2)), (block, block + 10.0));
        assert!(heights.measured(0, 500.0) && !heights.measured(0, 500.2) && !heights.measured(9, 1.0));
        assert_eq!(heights.around(&(1..4)), (500.0, 0.0));
        assert_eq!(Heights::default().blocks(0.0, 100.0), 0..0);
    }

    proptest! {
        #[test]
        fn nothing_in_sight_is_left_out(rows in proptest::collection::vec(1.0_f64..90.0, 1..200), top in -100.0_f64..9_000.0, height in 1.0_f64..900.0) {
            let heights = Heights::guess(rows.iter().copied());
            let drawn = heights.blocks(top, height);
            let (before, after) = heights.around(&drawn);
            let all: f64 = rows.iter().sum();
            prop_assert!(!drawn.is_empty());
            prop_assert!(before <= top.clamp(0.0, all));
            prop_assert!(all - after >= (top + height).clamp(0.0, all) - 1e-6);
        }
    }
}
