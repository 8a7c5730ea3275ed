//! Which version of a crate is measured: what the lock file says.

const LOCK: &str = include_str!("../Cargo.lock");

/// Of a subject, whose first word is the crate's name. The newest, where several are locked.
pub(crate) fn of(subject: &str) -> Option<&'static str> {
    let name = match subject.split(' ').next()? {
        "floor" => "aws-lc-rs",
        name => name,
    };
    let heading = format!("name = \"{name}\"\nversion = \"");
    // The versions of one crate stand in ascending order.
    LOCK.rsplit_once(&heading)?.1.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_subject_has_a_version() {
        for peer in &crate::peers::PEERS {
            assert!(of(peer.name).is_some(), "{}", peer.name);
        }
        assert!(of("jsonwebtoken by kid").unwrap().starts_with("11."));
        assert_eq!(of("nobody"), None);
    }
}
