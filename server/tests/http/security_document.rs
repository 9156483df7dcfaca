//! docs/security.md names what there is, and leaves out no requirement.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The requirements of levels 1 and 2 of the OWASP Application Security Verification Standard 5.0.0: of each section the number of
/// the last, since they are always the first of it.
const REQUIREMENTS: [(u8, u8, u8); 75] = [
    (1, 1, 2),
    (1, 2, 9),
    (1, 3, 11),
    (1, 4, 3),
    (1, 5, 2),
    (2, 1, 3),
    (2, 2, 3),
    (2, 3, 4),
    (2, 4, 1),
    (3, 2, 2),
    (3, 3, 4),
    (3, 4, 6),
    (3, 5, 5),
    (3, 7, 2),
    (4, 1, 3),
    (4, 2, 1),
    (4, 3, 2),
    (4, 4, 4),
    (5, 1, 1),
    (5, 2, 3),
    (5, 3, 2),
    (5, 4, 3),
    (6, 1, 3),
    (6, 2, 12),
    (6, 3, 4),
    (6, 4, 4),
    (6, 5, 5),
    (6, 6, 3),
    (6, 8, 4),
    (7, 1, 3),
    (7, 2, 4),
    (7, 3, 2),
    (7, 4, 5),
    (7, 5, 2),
    (7, 6, 2),
    (8, 1, 2),
    (8, 2, 3),
    (8, 3, 1),
    (8, 4, 1),
    (9, 1, 3),
    (9, 2, 4),
    (10, 1, 2),
    (10, 2, 2),
    (10, 3, 4),
    (10, 4, 11),
    (10, 5, 5),
    (10, 6, 2),
    (10, 7, 3),
    (11, 1, 2),
    (11, 2, 3),
    (11, 3, 3),
    (11, 4, 4),
    (11, 5, 1),
    (11, 6, 1),
    (12, 1, 3),
    (12, 2, 2),
    (12, 3, 4),
    (13, 1, 1),
    (13, 2, 5),
    (13, 3, 2),
    (13, 4, 5),
    (14, 1, 2),
    (14, 2, 4),
    (14, 3, 3),
    (15, 1, 3),
    (15, 2, 3),
    (15, 3, 7),
    (16, 1, 1),
    (16, 2, 5),
    (16, 3, 4),
    (16, 4, 3),
    (16, 5, 3),
    (17, 1, 1),
    (17, 2, 4),
    (17, 3, 2),
];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn document() -> String {
    fs::read_to_string(repository().join("docs/security.md")).unwrap()
}

/// What stands between backticks.
fn named(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Where a file is that is named from the top of the repository, or from that of the tests.
fn found(name: &str) -> Option<PathBuf> {
    [repository(), repository().join("server/tests/http")].into_iter().map(|start| start.join(name)).find(|path| path.exists())
}

#[test]
fn every_test_that_is_named_is_there() {
    let tests: Vec<String> = named(&document()).into_iter().filter(|name| name.contains(".rs::")).collect();
    assert!(tests.len() > 120, "{}", tests.len());
    for name in tests {
        let (file, test) = name.split_once("::").unwrap();
        let path = found(file).unwrap_or_else(|| panic!("there is no {file}"));
        let code = fs::read_to_string(path).unwrap();
        // Run as a test, and not just a function of that name.
        let (before, _) = code.split_once(&format!("fn {test}(")).unwrap_or_else(|| panic!("{file} has no {test}"));
        let head = before.rsplit("\n\n").next().unwrap();
        assert!(head.contains("#[test]") || head.contains("#[tokio::test") || before.contains("proptest!"), "{name} is no test");
    }
}

#[test]
fn every_file_that_is_named_is_there() {
    let is_file = |name: &&String| {
        !name.contains("::")
            && !name.contains(' ')
            && (name.contains('/') || [".rs", ".md", ".toml", ".lock", ".json"].iter().any(|end| name.ends_with(end)))
    };
    let names = named(&document());
    let files: Vec<&String> = names.iter().filter(is_file).collect();
    assert!(files.len() > 50, "{}", files.len());
    for file in files {
        assert!(found(file).is_some(), "there is no {file}");
    }
}

#[test]
fn every_requirement_of_the_first_two_levels_is_told_once() {
    let text = document();
    let (_, standard) = text.split_once("## ASVS 5.0, level 2: met").unwrap();
    let mut told: BTreeMap<(u8, u8, u8), usize> = BTreeMap::new();
    for line in standard.lines() {
        let Some(first) = line.strip_prefix("| ").or_else(|| line.strip_prefix("- ")) else { continue };
        let number: String = first.chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | '–')).collect();
        let (from, to) = number.split_once('–').map_or((number.as_str(), None), |(from, to)| (from, Some(to)));
        let parts: Vec<u8> = from.split('.').filter_map(|part| part.parse().ok()).collect();
        let [chapter, section, first] = parts[..] else { continue };
        for requirement in first..=to.map_or(first, |to| to.parse().unwrap()) {
            *told.entry((chapter, section, requirement)).or_default() += 1;
        }
    }
    let all: Vec<_> = REQUIREMENTS.iter().flat_map(|(chapter, section, last)| (1..=*last).map(|n| (*chapter, *section, n))).collect();
    assert_eq!(all.len(), 253);
    let missing: Vec<_> = all.iter().filter(|requirement| !told.contains_key(requirement)).collect();
    let strange: Vec<_> = told.iter().filter(|(requirement, times)| **times > 1 || !all.contains(requirement)).collect();
    assert!(missing.is_empty() && strange.is_empty(), "not told: {missing:?}; told twice, or of another level: {strange:?}");
}
