//! `ringkey acl check`: asks the rules that the account form and the SIP server go by.

use app::domain::acl::{Acl, Decision, parse_address};

use crate::config::AclCommand;
use crate::failure::Failure;
use crate::terminal::say;

/// Says the decision; its first word is `allowed` or `refused`.
pub fn run(command: &AclCommand) -> Result<(), Failure> {
    let AclCommand::Check { deny, permit, address } = command;
    let acl = Acl::parse(&deny.join("\n"), &permit.join("\n")).map_err(|errors| {
        let refused: Vec<String> = errors.deny.iter().chain(&errors.permit).map(ToString::to_string).collect();
        Failure::bad_input(refused.join("\n"))
    })?;
    let address = parse_address(address).map_err(|error| Failure::bad_input(error.to_string()))?;
    say(&sentence(&acl.decide(address)));
    Ok(())
}

fn sentence(decision: &Decision) -> String {
    let word = if decision.allowed { "allowed" } else { "refused" };
    match &decision.by {
        Some(by) => format!("{word} by {} {} (rule {})", by.action.as_str(), by.rule.network(), by.number),
        None => format!("{word} because no rule matches"),
    }
}
