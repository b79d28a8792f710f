use alloc::string::String;
use alloc::vec::Vec;
use core::cell::OnceCell;

use super::cut::Cut as _;
use super::full::Full;
use super::href::Href;
use super::json::{self, Json};
use super::{Code, Error, decimal};

/// The platform's URL parser, `new URL(text).href`; `None` where it throws.
pub type Normalize<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The application's options as they came, and the first of them that is wrong. Reading goes on behind that one, which
/// takes far less code than an end at each of them.
#[derive(Debug)]
pub struct Options {
    value: Json,
    wrong: OnceCell<Error>,
}

impl Options {
    /// Reads them from JSON, into which the page writes its plain data.
    ///
    /// # Errors
    /// [`Code::InvalidOption`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        match json::parse(text.as_bytes()) {
            Ok(value) => Ok(Self { value, wrong: OnceCell::new() }),
            Err(_) => Err(Error::option("options", "must be plain data")),
        }
    }

    pub fn reader(&self, known: &str) -> Reader<'_> {
        let reader = Reader { path: String::new(), value: &self.value, wrong: &self.wrong };
        reader.check_known(known);
        reader
    }

    /// What was read; `None` where something was wrong.
    ///
    /// # Errors
    /// [`Code::InvalidOption`] with the path of the first option that is wrong.
    pub fn judged<T>(&self, read: Option<T>) -> Result<T, Error> {
        match (self.wrong.get(), read) {
            (None, Some(read)) => Ok(read),
            (wrong, _) => Err(wrong.cloned().unwrap_or_else(|| Error::new(Code::InvalidOption))),
        }
    }
}

/// One object of the options, read by name; it knows its path for the errors.
pub struct Reader<'a> {
    path: String,
    value: &'a Json,
    wrong: &'a OnceCell<Error>,
}

/// The words that an option may be, and what is said to any other.
pub type OneOf = (&'static [&'static str], &'static str);

impl<'a> Reader<'a> {
    /// Refuses what is no object, and a member that is not `known`, names with a space between: a misspelt option must
    /// not be silent. One with a `+` before it takes the full engine.
    pub fn check_known(&self, known: &str) {
        for (name, value) in self.members() {
            let of_name = |known: &&str| known.strip_prefix('+').unwrap_or(known) == name;
            match known.parts(' ').find(of_name) {
                None => self.refuse(name, "is not an option"),
                Some(known) if known != name && !value.is_null() && Full::PROOF.is_none() => {
                    self.refuse(name, "needs strongroom/full");
                }
                Some(_) => {}
            }
        }
    }

    /// The members by the application's own names. Refuses what is no object.
    pub fn members(&self) -> &'a [(String, Json)] {
        let members = self.value.as_object();
        if members.is_none() {
            let path = if self.path.is_empty() { "options" } else { &self.path };
            self.refuse_at(path, "must be an object");
        }
        members.unwrap_or_default()
    }

    pub fn refuse(&self, name: &str, detail: &'static str) {
        self.refuse_at(&self.path_of(name), detail);
    }

    pub fn refuse_at(&self, path: &str, detail: &'static str) {
        // Only the first is told.
        let _ = self.wrong.set(Error::option(path, detail));
    }

    pub fn path(&self) -> &str {
        &self.path
    }

    /// What it reads, as JSON text.
    pub fn to_text(&self) -> String {
        self.value.to_text()
    }

    pub fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.into() } else { [&self.path, ".", name].concat() }
    }

    /// The member, if it is there and neither `undefined` nor `null`.
    pub fn get(&self, name: &str) -> Option<&'a Json> {
        self.value.get(name).filter(|value| !value.is_null())
    }

    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.typed(name, Json::as_str, "must be a string")
    }

    pub fn bool(&self, name: &str) -> Option<bool> {
        self.typed(name, Json::as_bool, "must be true or false")
    }

    pub fn one_of(&self, name: &str, (words, expected): OneOf) -> Option<&'static str> {
        let find = |value: &Json| words.iter().copied().find(|word| value.as_str() == Some(*word));
        self.typed(name, find, expected)
    }

    /// The items of a list, each with its path, as `resources[2]`.
    pub fn list(&self, name: &str) -> Option<Vec<(String, &'a Json)>> {
        let items = self.typed(name, Json::as_array, "must be an array")?;
        let mut indexed = Vec::new();
        for (at, item) in items.iter().enumerate() {
            indexed.push(([&self.path_of(name), "[", &decimal::write(at as u64), "]"].concat(), item));
        }
        Some(indexed)
    }

    /// Whether this is `true`, for an option that takes the full engine.
    pub fn full(&self, name: &str) -> Option<Full> {
        Full::PROOF.filter(|_| self.bool(name).unwrap_or(false))
    }

    /// Text that takes the full engine.
    pub fn text_in_full(&self, name: &str) -> Option<(Full, &'a str)> {
        Some((Full::PROOF?, self.text(name)?))
    }

    pub fn object(&self, name: &str, known: &str) -> Option<Self> {
        let object = self.any_object(name)?;
        object.check_known(known);
        Some(object)
    }

    /// One whose members the application names.
    pub fn any_object(&self, name: &str) -> Option<Self> {
        Some(Self { path: self.path_of(name), value: self.get(name)?, wrong: self.wrong })
    }

    /// An item of a list.
    pub fn item(&self, path: String, value: &'a Json, known: &str) -> Self {
        let item = Self { path, value, wrong: self.wrong };
        item.check_known(known);
        item
    }

    /// Whole seconds, given back in milliseconds.
    pub fn seconds(&self, name: &str, min: u64, max: u64) -> Option<u64> {
        let read = |value: &Json| {
            let seconds = decimal::read(value.as_number()?.as_str())?;
            (min..=max).contains(&seconds).then_some(seconds * 1_000)
        };
        self.typed(name, read, "must be a whole number of seconds, not negative and not too large")
    }

    /// A whole number, 1 at least.
    pub fn count(&self, name: &str, max: u64) -> Option<u64> {
        let read = |value: &Json| {
            decimal::read(value.as_number()?.as_str()).filter(|count| (1..=max).contains(count))
        };
        self.typed(name, read, "must be a whole number, not less than 1 and not too large")
    }

    pub fn typed<T>(
        &self,
        name: &str,
        read: impl Fn(&'a Json) -> Option<T>,
        expected: &'static str,
    ) -> Option<T> {
        let read = read(self.get(name)?);
        if read.is_none() {
            self.refuse(name, expected);
        }
        read
    }
}

impl Reader<'_> {
    /// A URL in a list.
    pub fn url<'a>(&self, path: &str, value: &'a Json) -> Option<&'a str> {
        let text = value.as_str();
        if text.is_none() {
            self.refuse_at(path, "must be a URL");
        }
        text
    }

    /// A URL as the platform writes it.
    pub fn normalized(&self, path: &str, url: &str, normalize: Normalize) -> Option<String> {
        let normalized = normalize(url);
        if normalized.is_none() {
            self.refuse_at(path, "must be an absolute URL");
        }
        normalized
    }

    /// A URL that secrets may be sent to.
    pub fn secure(&self, path: &str, url: &str, normalize: Normalize) -> Option<Href> {
        let href = Href::parse(&self.normalized(path, url, normalize)?)
            .ok()
            .filter(|href| href.is_secure() && !href.has_fragment());
        if href.is_none() {
            self.refuse_at(path, "must be an https URL (http on loopback) without user and fragment");
        }
        href
    }
}
