use alloc::string::String;
use alloc::vec::Vec;

use super::cut::Cut as _;
use super::json::{self, Json};
use super::{Error, decimal};

/// The application's options as they came, unjudged.
#[derive(Debug)]
pub struct Options(Json);

impl Options {
    /// Reads them from JSON, into which the page writes its plain data.
    ///
    /// # Errors
    /// [`super::Code::InvalidOption`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        json::parse(text.as_bytes()).map(Self).map_err(|_| Error::option("options", "must be plain data"))
    }

    pub fn reader(&self, known: &str) -> Result<Reader<'_>, Error> {
        Reader::new(String::new(), &self.0, known)
    }
}

/// One object of the options, read by name; it knows its path for the errors.
pub struct Reader<'a> {
    path: String,
    value: &'a Json,
}

impl<'a> Reader<'a> {
    /// # Errors
    /// [`super::Code::InvalidOption`] if it is no object, or has a member that is not `known`, names with a space between:
    /// a misspelt option must not be silent.
    pub fn new(path: String, value: &'a Json, known: &str) -> Result<Self, Error> {
        let (reader, members) = Self::of_any(path, value)?;
        match members.iter().find(|(name, _)| !known.parts(' ').any(|known| known == name)) {
            Some((name, _)) => Err(Error::option(reader.path_of(name), "is not an option")),
            None => Ok(reader),
        }
    }

    /// An object whose members the application names.
    ///
    /// # Errors
    /// [`super::Code::InvalidOption`] if it is no object.
    pub fn of_any(path: String, value: &'a Json) -> Result<(Self, &'a [(String, Json)]), Error> {
        match value.as_object() {
            Some(members) => Ok((Self { path, value }, members)),
            None => {
                let path = if path.is_empty() { "options".into() } else { path };
                Err(Error::option(path, "must be an object"))
            }
        }
    }

    pub fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.into() } else { [&self.path, ".", name].concat() }
    }

    /// The member, if it is there and neither `undefined` nor `null`.
    pub fn get(&self, name: &str) -> Option<&'a Json> {
        self.value.get(name).filter(|value| !value.is_null())
    }

    pub fn text(&self, name: &str) -> Result<Option<&'a str>, Error> {
        self.typed(name, Json::as_str, "must be a string")
    }

    pub fn bool(&self, name: &str) -> Result<Option<bool>, Error> {
        self.typed(name, Json::as_bool, "must be true or false")
    }

    /// The items of a list, each with its path, as `resources[2]`.
    pub fn list(&self, name: &str) -> Result<Option<Vec<(String, &'a Json)>>, Error> {
        let items = self.typed(name, Json::as_array, "must be an array")?;
        let indexed = |at: usize| [&self.path_of(name), "[", &decimal::write(at as u64), "]"].concat();
        Ok(items.map(|items| items.iter().enumerate().map(|(at, item)| (indexed(at), item)).collect()))
    }

    pub fn object(&self, name: &str, known: &str) -> Result<Option<Self>, Error> {
        self.get(name).map(|value| Self::new(self.path_of(name), value, known)).transpose()
    }

    /// Whole seconds, given back in milliseconds.
    pub fn seconds(&self, name: &str, min: u64, max: u64) -> Result<Option<u64>, Error> {
        let read = |value: &Json| {
            let seconds = decimal::read(value.as_number()?.as_str())?;
            (min..=max).contains(&seconds).then_some(seconds * 1_000)
        };
        self.typed(name, read, "must be a whole number of seconds, not negative and not too large")
    }

    fn typed<T>(
        &self,
        name: &str,
        read: impl Fn(&'a Json) -> Option<T>,
        expected: &'static str,
    ) -> Result<Option<T>, Error> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => read(value).map(Some).ok_or_else(|| Error::option(self.path_of(name), expected)),
        }
    }
}
