//! Who may make whom what.

use rapport_base::{MemberId, Refusal};

/// Built-in roles, from the most to the least powerful.
pub(crate) const ROLES: [&str; 5] = ["owner", "admin", "manager", "member", "viewer"];

/// A role's name as people read it.
pub(crate) fn label(role: &str) -> &'static str {
    match role {
        "owner" => "Owner",
        "admin" => "Admin",
        "manager" => "Manager",
        "member" => "Member",
        _ => "Viewer",
    }
}

/// What a role may, in a sentence.
pub(crate) fn meaning(role: &str) -> &'static str {
    match role {
        "owner" => "Everything, including the workspace itself.",
        "admin" => "Everything except the workspace's own billing and deleting it.",
        "manager" => "Projects and portals they lead: tasks, budgets, timesheets, invoices.",
        "member" => "Assigned projects: own time, tasks, notes. Sees no financials.",
        _ => "Reads what a manager reads, without financials.",
    }
}

/// A change of role or of being active.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step<'a> {
    /// Who acts.
    pub actor: MemberId,
    /// Whether the actor may make and unmake owners.
    pub may_transfer: bool,
    /// Who is changed.
    pub target: MemberId,
    /// As it was: role, active.
    pub from: (&'a str, bool),
    /// As it is to be.
    pub to: (&'a str, bool),
    /// Active owners other than the one changed.
    pub other_owners: usize,
}

/// Whether a step is allowed.
pub(crate) fn check(step: Step<'_>) -> Result<(), Refusal> {
    let touches_owner = step.from.0 == "owner" || step.to.0 == "owner";
    if step.from == step.to {
        return Ok(());
    }
    if touches_owner && !step.may_transfer {
        return Err(Refusal::forbidden());
    }
    if step.actor == step.target && !step.to.1 {
        return Err(Refusal::conflict(
            "team.own_membership",
            "You cannot deactivate yourself. Ask another owner or admin.",
        ));
    }
    let was_owner = step.from == ("owner", true);
    let stays_owner = step.to == ("owner", true);
    if was_owner && !stays_owner && step.other_owners == 0 {
        return Err(Refusal::conflict(
            "team.last_owner",
            "A workspace needs an owner. Make someone else an owner first.",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id(number: u128) -> MemberId {
        MemberId::from(Uuid::from_u128(number))
    }

    fn step<'a>(from: (&'a str, bool), to: (&'a str, bool)) -> Step<'a> {
        Step { actor: id(1), may_transfer: true, target: id(2), from, to, other_owners: 1 }
    }

    #[test]
    fn the_last_owner_stays_owner() {
        let last = Step { other_owners: 0, ..step(("owner", true), ("admin", true)) };
        assert_eq!(check(last).unwrap_err().code, "team.last_owner");
        let last = Step { other_owners: 0, ..step(("owner", true), ("owner", false)) };
        assert_eq!(check(last).unwrap_err().code, "team.last_owner");
        assert!(check(step(("owner", true), ("admin", true))).is_ok());
    }

    #[test]
    fn only_an_owner_makes_or_unmakes_an_owner() {
        for (from, to) in [
            (("admin", true), ("owner", true)),
            (("owner", true), ("viewer", true)),
            (("owner", true), ("owner", false)),
        ] {
            assert_eq!(check(Step { may_transfer: false, ..step(from, to) }).unwrap_err().code, "forbidden");
        }
        assert!(check(Step { may_transfer: false, ..step(("member", true), ("admin", true)) }).is_ok());
    }

    #[test]
    fn nobody_deactivates_themselves() {
        let own = Step { target: id(1), ..step(("admin", true), ("admin", false)) };
        assert_eq!(check(own).unwrap_err().code, "team.own_membership");
    }
}
