//! Deny and Permit say the same wherever they are judged.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use app::domain::acl::{Acl, parse_address};
use uuid::Uuid;

use super::Surface;

const CASES: usize = 10_000;
/// In one statement.
const BATCH: usize = 1_000;

/// A random rule list as an operator types it, and an address as a server may tell it.
#[derive(Debug)]
struct Case {
    username: String,
    deny: String,
    permit: String,
    source: String,
}

/// What a statement tells of a case: the SQL function, what Kamailio asks, and the value that Asterisk reads.
type Judged = (String, bool, i32, Option<String>);

/// Random numbers that a seed gives again (SplitMix64).
struct Dice(u64);

impl Dice {
    fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.any() % end
    }

    fn wide(&mut self) -> u128 {
        u128::from(self.any()) << 64 | u128::from(self.any())
    }

    /// Few different bits, so that rules and addresses meet often, and now and then any address at all.
    fn ipv4(&mut self) -> Ipv4Addr {
        let any = self.any().to_le_bytes();
        match self.below(4) {
            0 => Ipv4Addr::new(any[0], any[1], any[2], any[3]),
            _ => Ipv4Addr::new(10, 0, any[0] % 2, any[1] % 4),
        }
    }

    fn ipv6(&mut self) -> Ipv6Addr {
        match self.below(4) {
            0 => Ipv6Addr::from_bits(self.wide()),
            _ => Ipv6Addr::from_bits(0x2001_0db8 << 96 | u128::from(self.below(2)) << 64 | u128::from(self.below(4))),
        }
    }

    fn rule(&mut self) -> String {
        match self.below(3) {
            0 => {
                let bits = if self.below(3) == 0 { self.below(129) } else { [0, 32, 63, 64, 96, 126, 128][self.below(7) as usize] };
                let address = self.ipv6();
                match self.below(4) {
                    0 => format!("{address}/{}", Ipv6Addr::from_bits(u128::MAX.checked_shl(128 - bits as u32).unwrap_or(0))),
                    1 => address.to_string(),
                    _ => format!("{address}/{bits}"),
                }
            }
            _ => {
                let bits = if self.below(3) == 0 { self.below(33) } else { [0, 8, 16, 23, 24, 30, 31, 32][self.below(8) as usize] };
                let address = self.ipv4();
                match self.below(6) {
                    0 | 1 => format!("{address}/{}", Ipv4Addr::from_bits(u32::MAX.checked_shl(32 - bits as u32).unwrap_or(0))),
                    2 => format!("{}/{}", address.to_ipv6_mapped(), bits + 96),
                    3 => address.to_string(),
                    _ => format!("{address}/{bits}"),
                }
            }
        }
    }

    fn rules(&mut self) -> String {
        let separator = ["\n", ",", " , ", "\r\n"][self.below(4) as usize];
        (0..self.below(6)).map(|_| self.rule()).collect::<Vec<_>>().join(separator)
    }

    fn source(&mut self) -> String {
        match self.below(4) {
            0 => self.ipv6().to_string(),
            1 => self.ipv4().to_ipv6_mapped().to_string(),
            _ => self.ipv4().to_string(),
        }
    }

    fn case(&mut self, number: usize) -> Case {
        Case { username: (1_000_000 + number).to_string(), deny: self.rules(), permit: self.rules(), source: self.source() }
    }
}

/// Makes the accounts of the cases, their rules stored as the application stores them.
async fn store(surface: &Surface, cases: &[Case]) {
    let literal = |rules: &[app::domain::acl::Rule]| format!("{{{}}}", rules.iter().map(|rule| rule.cidr()).collect::<Vec<_>>().join(","));
    let acls: Vec<Acl> =
        cases.iter().map(|case| Acl::parse(&case.deny, &case.permit).unwrap_or_else(|errors| panic!("{case:?}: {errors:?}"))).collect();
    sqlx::query(
        "WITH made AS (
             INSERT INTO accounts (id, group_id, username, number, account_type, security_model, enabled, last_status, deny, permit)
             SELECT gen_random_uuid(), $1, username, username, 'SNOM', 'SDES', true, 'created', deny::cidr[], permit::cidr[]
             FROM unnest($2::text[], $3::text[], $4::text[]) c(username, deny, permit)
             RETURNING id
         )
         INSERT INTO account_digests (account_id, realm, ha1_md5, ha1_sha256)
         SELECT id, 'sip.localhost', repeat('0', 32), repeat('0', 64) FROM made",
    )
    .bind(surface.group)
    .bind(cases.iter().map(|case| case.username.clone()).collect::<Vec<_>>())
    .bind(acls.iter().map(|acl| literal(&acl.deny)).collect::<Vec<_>>())
    .bind(acls.iter().map(|acl| literal(&acl.permit)).collect::<Vec<_>>())
    .execute(&surface.app.pool)
    .await
    .unwrap();
}

async fn judge(surface: &Surface, cases: &[Case]) -> Vec<Judged> {
    sqlx::query_as(
        "SELECT c.username, sip.acl_allows(a.deny, a.permit, c.source::inet), (sip.credentials(c.username, c.source)).allowed, e.permit
         FROM unnest($1::text[], $2::text[]) WITH ORDINALITY c(username, source, place)
         JOIN accounts a USING (username) JOIN sip.ps_endpoints e ON e.id = c.username
         ORDER BY place",
    )
    .bind(cases.iter().map(|case| case.username.clone()).collect::<Vec<_>>())
    .bind(cases.iter().map(|case| case.source.clone()).collect::<Vec<_>>())
    .fetch_all(&surface.app.pool)
    .await
    .unwrap()
}

/// Asterisk's walk over one value: it begins with allow, every rule that matches says anew, and `!` turns a permit into a deny.
fn asterisk(permit: Option<&str>, source: IpAddr) -> bool {
    permit.into_iter().flat_map(|value| value.split(',')).fold(true, |allowed, rule| {
        let (permits, network) = rule.strip_prefix('!').map_or((true, rule), |network| (false, network));
        let (address, bits) = network.split_once('/').unwrap();
        let bits: u32 = bits.parse().unwrap();
        let matches = match (address.parse().unwrap(), source.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(source)) => (network.to_bits() ^ source.to_bits()).leading_zeros() >= bits,
            (IpAddr::V6(network), IpAddr::V6(source)) => (network.to_bits() ^ source.to_bits()).leading_zeros() >= bits,
            _ => false,
        };
        if matches { permits } else { allowed }
    })
}

#[tokio::test]
async fn postgres_the_rule_the_form_and_what_asterisk_reads_agree_on_ten_thousand_random_lists() {
    let surface = Surface::start().await;
    // Other cases in each run; the one that fails is shown, and the seed gives all of them again.
    let seed = Uuid::new_v4().as_u64_pair().0;
    let mut dice = Dice(seed);
    let cases: Vec<Case> = (0..CASES).map(|number| dice.case(number)).collect();
    let (mut matched, mut refused, mut agreed) = (0, 0, 0);
    for cases in cases.chunks(BATCH) {
        store(&surface, cases).await;
        let judged = judge(&surface, cases).await;
        for (case, (username, by_function, for_kamailio, permit)) in cases.iter().zip(judged) {
            let decision = Acl::parse(&case.deny, &case.permit).unwrap().decide(case.source.parse().unwrap());
            // The form reads what is typed by itself.
            let form = Acl::parse(&case.deny, &case.permit).unwrap().decide(parse_address(&format!(" {} ", case.source)).unwrap()).answer();
            let all = (
                case.username == username,
                by_function == decision.allowed,
                for_kamailio == i32::from(decision.allowed),
                asterisk(permit.as_deref(), case.source.parse().unwrap()) == decision.allowed,
                form.verdict == if decision.allowed { "Allowed" } else { "Refused" },
            );
            assert_eq!(all, (true, true, true, true, true), "seed {seed}: {case:?} is {decision:?} by the rule; Asterisk reads {permit:?}");
            matched += usize::from(decision.by.is_some());
            refused += usize::from(!decision.allowed);
            agreed += 1;
        }
    }
    assert_eq!(agreed, CASES);
    assert!(matched > CASES / 3 && refused > CASES / 10, "seed {seed}: only {matched} cases matched a rule, and {refused} were refused");
}
