//! Times as people say them.

const MINUTE_S: u64 = 60;
const HOUR_S: u64 = 60 * MINUTE_S;
pub(super) const DAY_S: u64 = 24 * HOUR_S;

/// A time as seen from now, both in milliseconds since 1970: `now`, `3 min ago`, `2 h ago`,
/// `yesterday`, `8 days ago`, `in 5 min`. Yesterday is 24 to 48 hours ago, since the zone is not
/// known here.
#[must_use]
pub fn relative(now_ms: i64, then_ms: i64) -> String {
    let seconds = now_ms.abs_diff(then_ms) / 1_000;
    let is_past = then_ms <= now_ms;
    let distance = match seconds {
        0..MINUTE_S => return "now".to_owned(),
        MINUTE_S..HOUR_S => format!("{} min", seconds / MINUTE_S),
        HOUR_S..DAY_S => format!("{} h", seconds / HOUR_S),
        _ if seconds < 2 * DAY_S => {
            return if is_past { "yesterday" } else { "tomorrow" }.to_owned();
        }
        _ => match seconds / DAY_S {
            days @ ..61 => format!("{days} days"),
            days @ ..730 => format!("{} months", days / 30),
            days => format!("{} years", days / 365),
        },
    };
    if is_past { format!("{distance} ago") } else { format!("in {distance}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_the_lists_show_them() {
        for (seconds_ago, said) in [
            (0, "now"),
            (59, "now"),
            (-59, "now"),
            (60, "1 min ago"),
            (3 * 60 + 59, "3 min ago"),
            (3_600, "1 h ago"),
            (86_399, "23 h ago"),
            (86_400, "yesterday"),
            (2 * 86_400, "2 days ago"),
            (8 * 86_400, "8 days ago"),
            (60 * 86_400, "60 days ago"),
            (61 * 86_400, "2 months ago"),
            (800 * 86_400, "2 years ago"),
            (-300, "in 5 min"),
            (-72 * 3_600, "in 3 days"),
            (-86_400, "tomorrow"),
        ] {
            assert_eq!(relative(1_700_000_000_000, 1_700_000_000_000 - seconds_ago * 1_000), said);
        }
    }

    #[test]
    fn the_ends_of_time_do_not_overflow() {
        assert!(relative(i64::MAX, i64::MIN).ends_with("years ago"));
        assert!(relative(i64::MIN, i64::MAX).starts_with("in "));
    }
}
