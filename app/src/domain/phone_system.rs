//! Which system a phone has: each has its own way to install the client.

use std::str::FromStr;

use super::unknown::UnknownWord;

/// The systems for which a provisioning profile has a download link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PhoneSystem {
    Android,
    /// iPhone and iPad.
    Ios,
    /// Everything else: desks, above all.
    Other,
}

impl PhoneSystem {
    /// Every system, in the order of the profile's form.
    pub const ALL: [Self; 3] = [Self::Android, Self::Ios, Self::Other];

    /// The system of a browser, by its `User-Agent`. An iPad that asks for pages made for desks says that it is a Mac, and is
    /// taken for one: the page lets people choose.
    #[must_use]
    pub fn of_user_agent(user_agent: &str) -> Self {
        let has = |word: &str| user_agent.contains(word);
        if has("Windows Phone") {
            Self::Other
        } else if has("Android") {
            Self::Android
        } else if has("iPhone") || has("iPad") || has("iPod") {
            Self::Ios
        } else {
            Self::Other
        }
    }

    /// The word in a form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Android => "android",
            Self::Ios => "ios",
            Self::Other => "other",
        }
    }
}

impl FromStr for PhoneSystem {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find(word, &Self::ALL, Self::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_tell_their_system() {
        for (user_agent, system) in [
            ("Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/124.0 Mobile Safari/537.36", PhoneSystem::Android),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1", PhoneSystem::Ios),
            ("Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15", PhoneSystem::Ios),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari/605.1.15", PhoneSystem::Other),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/124.0", PhoneSystem::Other),
            ("Mozilla/5.0 (Windows Phone 10.0; Android 6.0.1) AppleWebKit/537.36", PhoneSystem::Other),
            ("", PhoneSystem::Other),
        ] {
            assert_eq!(PhoneSystem::of_user_agent(user_agent), system, "{user_agent}");
        }
        for system in PhoneSystem::ALL {
            assert_eq!(system.as_str().parse(), Ok(system));
        }
    }
}
