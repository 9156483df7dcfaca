//! What keep-alive costs the user.

use super::relative_time::DAY_S;

/// The traffic of one ping, there and back: twice the 1.8 kB of the manual, "Keep-alive Enabled".
const BYTES_PER_PING: u64 = 3_600;

/// The traffic that keep-alive causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeepAliveCost {
    /// In bytes, there and back.
    pub bytes_per_day: u64,
}

/// The cost at an interval in seconds; 0 counts as 1.
#[must_use]
pub fn cost(interval_seconds: u32) -> KeepAliveCost {
    KeepAliveCost { bytes_per_day: DAY_S * BYTES_PER_PING / u64::from(interval_seconds.max(1)) }
}

impl KeepAliveCost {
    /// `5.2 MB a day`, `864 kB a day`; decimal units, as phone contracts count.
    #[must_use]
    pub fn text(&self) -> String {
        let kilobytes = (self.bytes_per_day + 500) / 1_000;
        if kilobytes < 1_000 {
            format!("{kilobytes} kB a day")
        } else {
            let tenths = (self.bytes_per_day + 50_000) / 100_000;
            format!("{}.{} MB a day", tenths / 10, tenths % 10)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_the_manuals() {
        assert_eq!(cost(60).bytes_per_day, 5_184_000);
        assert_eq!(cost(60).text(), "5.2 MB a day");
        assert_eq!(cost(180).text(), "1.7 MB a day");
        assert_eq!(cost(360).text(), "864 kB a day");
        assert_eq!(cost(311).text(), "1.0 MB a day");
        assert_eq!(cost(0), cost(1));
    }
}
