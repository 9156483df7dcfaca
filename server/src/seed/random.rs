//! Numbers that look random and are the same on every run: splitmix64 (Steele, Lea and Flood, 2014).

/// A stream of numbers.
pub struct Random(u64);

impl Random {
    /// The stream that belongs to one row, whatever the others are.
    pub const fn of(row: u64) -> Self {
        Self(row.wrapping_mul(0xD1B5_4A32_D192_ED03) ^ 0x5EED_0000_0000_0001)
    }

    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub const fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// True in `percent` of all cases.
    pub const fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        let at = usize::try_from(self.next()).unwrap_or(usize::MAX) % from.len();
        from[at]
    }
}

/// Sends each number below `size` to another one below `size`, no two to the same, so that what is made of it is unique
/// without looking. `size` must not be a multiple of 2,147,483,647, which is prime.
pub const fn shuffled(number: u64, size: u64) -> u64 {
    // 128 bits, since sizes go up to ten digits.
    ((number as u128 * 2_147_483_647 + size as u128 / 3) % size as u128) as u64
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_stream_is_that_of_the_paper() {
        let mut random = Random(1_234_567);
        assert_eq!([random.next(), random.next()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn shuffling_keeps_numbers_apart() {
        let seen: HashSet<u64> = (0..10_000).map(|number| shuffled(number, 10_000)).collect();
        assert_eq!(seen.len(), 10_000);
        assert!(seen.iter().all(|number| *number < 10_000));
    }
}
