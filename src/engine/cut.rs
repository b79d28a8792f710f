//! Text cut at ASCII characters. The standard library's own ways know patterns of any kind, and weigh many times as much.

pub trait Cut {
    /// Before and behind the first `mark`, as `str::split_once`.
    fn cut(&self, mark: char) -> Option<(&str, &str)>;
    /// What is between the marks, as `str::split`.
    fn parts(&self, mark: char) -> Parts<'_>;
    fn has(&self, mark: char) -> bool;
}

impl Cut for str {
    fn cut(&self, mark: char) -> Option<(&str, &str)> {
        let at = self.bytes().position(|byte| char::from(byte) == mark)?;
        Some((self.get(..at)?, self.get(at + 1..)?))
    }

    fn parts(&self, mark: char) -> Parts<'_> {
        Parts { rest: Some(self), mark }
    }

    fn has(&self, mark: char) -> bool {
        self.cut(mark).is_some()
    }
}

pub struct Parts<'a> {
    rest: Option<&'a str>,
    mark: char,
}

impl<'a> Iterator for Parts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest?;
        let (part, rest) = rest.cut(self.mark).map_or((rest, None), |(part, rest)| (part, Some(rest)));
        self.rest = rest;
        Some(part)
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    #[test]
    fn text_is_cut_as_the_standard_library_does() {
        for text in ["", "a", "a,b", ",", ",a,", "a,,b", "é,ü", "\u{ec}\u{2c}\u{12c}"] {
            assert_eq!(text.cut(','), text.split_once(','), "{text:?}");
            assert_eq!(text.parts(',').collect::<Vec<_>>(), text.split(',').collect::<Vec<_>>(), "{text:?}");
            assert_eq!(text.has(','), text.contains(','), "{text:?}");
        }
    }
}
