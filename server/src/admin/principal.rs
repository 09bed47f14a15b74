//! Who is asking, by what right.

use std::net::IpAddr;

use crate::storage::{Author, Operator, Role};

/// What the holder of the server's own token is called in the history.
pub(super) const SERVER_TOKEN_HOLDER: &str = "admin";
/// Names that no operator may have: the history uses them for others.
const RESERVED: [&str; 5] = [SERVER_TOKEN_HOLDER, "server", "built-in", "unknown", "players"];
/// Longest name of an operator or a token, characters.
const MAX_NAME_CHARS: usize = 40;

/// By what a call was let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// The server's own token.
    ServerToken,
    /// Name and password, a moment ago.
    Password,
    /// The token of an operator, with this hash.
    Token([u8; 32]),
    /// The session with this hash of its cookie.
    Session([u8; 32]),
}

/// Who made a call.
#[derive(Clone, Debug)]
pub(super) struct Principal {
    /// As the history and the audit log name them.
    pub(super) name: String,
    /// What they may do.
    pub(super) role: Role,
    /// Whose account it is; `None` for the holder of the server's own token.
    pub(super) operator: Option<Operator>,
    /// By what they were let through.
    pub(super) proof: Proof,
    /// Where the call came from.
    pub(super) address: IpAddr,
}

impl Principal {
    /// The holder of the server's own token.
    pub(super) fn server_token(proof: Proof, address: IpAddr) -> Self {
        Self { name: SERVER_TOKEN_HOLDER.to_owned(), role: Role::Admin, operator: None, proof, address }
    }

    /// An operator, perhaps by a token of this name and role.
    pub(super) fn operator(
        operator: Operator,
        token: Option<(&str, Role)>,
        proof: Proof,
        address: IpAddr,
    ) -> Self {
        let (name, role) = match token {
            Some((token, role)) => (format!("{} ({token})", operator.name), role.min(operator.role)),
            None => (operator.name.clone(), operator.role),
        };
        Self { name, role, operator: Some(operator), proof, address }
    }

    /// Whom the history names.
    pub(super) fn author(&self) -> Author {
        author(&self.name, self.address)
    }
}

/// Somebody at an address.
pub(super) fn author(name: &str, address: IpAddr) -> Author {
    Author { name: name.to_owned(), address: Some(address.to_canonical().to_string()) }
}

/// Why a name cannot be an operator's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NameError {
    /// It is empty, too long, or has other characters.
    #[error("a name has 1 to {MAX_NAME_CHARS} letters, digits, dots, dashes and underscores")]
    Malformed,
    /// The history uses it for somebody else.
    #[error("this name is the server's own: take the one that people know you by")]
    Reserved,
}

/// Whether an operator may be called `name`.
pub(super) fn check_name(name: &str) -> Result<(), NameError> {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    if name.is_empty() || name.chars().count() > MAX_NAME_CHARS || !name.chars().all(fits) {
        return Err(NameError::Malformed);
    }
    if RESERVED.contains(&name.to_lowercase().as_str()) {
        return Err(NameError::Reserved);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_can_pass_for_the_server_in_the_history() {
        for name in ["server", "Admin", "built-in", "UNKNOWN"] {
            assert_eq!(check_name(name), Err(NameError::Reserved), "{name}");
        }
        for name in ["", "ada (ci)", "a b", "x\u{7}", &"x".repeat(41)] {
            assert_eq!(check_name(name), Err(NameError::Malformed), "{name:?}");
        }
        for name in ["ada", "Ada.Lovelace", "Zoë", "山田"] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
    }
}
