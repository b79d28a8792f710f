use alloc::rc::Rc;
use alloc::string::String;
use core::fmt;

use zeroize::Zeroizing;

/// Text that must never be seen: a token, a code, a verifier, or a body that contains one.
///
/// Its `Debug` form is `Secret([redacted])`, it has no `Display`, and its memory is zeroed when its last clone is
/// dropped; clones share one text. [`Secret::expose`] is the only way to the text, so a search for `expose` finds
/// every use.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Rc<Zeroizing<String>>);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(Rc::new(Zeroizing::new(text.into())))
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let secret = Secret::new("at-0123456789");
        let shown = std::format!("{secret:?} {:#?}", Some(&secret));
        assert!(!shown.contains("0123456789"), "{shown}");
        assert_eq!(secret.expose(), "at-0123456789");
    }
}
