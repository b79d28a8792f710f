use core::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use super::Error;
use super::json::{self, Json};

/// The application's options as they came, unjudged: whatever serde could read from them.
#[derive(Debug)]
pub struct Options(pub Json);

impl<'de> Deserialize<'de> for Options {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue).map(Self)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("plain data")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(number(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(number(i64::try_from(value).unwrap_or(i64::MAX)))
    }

    /// JavaScript has one number type: 30 may come as 30.0. No option is a fraction.
    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        let whole = value as i64;
        Ok(if whole as f64 == value {
            number(whole)
        } else {
            number(i64::MIN)
        })
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::String(Zeroizing::new(value.into())))
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_none<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(Options(item)) = list.next_element()? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = Vec::new();
        while let Some((name, Options(value))) = map.next_entry::<String, Options>()? {
            members.push((name, value));
        }
        Ok(Json::Object(members))
    }
}

fn number(whole: i64) -> Json {
    json::parse(whole.to_string().as_bytes()).unwrap_or(Json::Null)
}

/// One object of the options, read by name; it knows its path for the errors.
pub struct Reader<'a> {
    path: String,
    value: &'a Json,
}

impl<'a> Reader<'a> {
    /// # Errors
    /// [`super::Code::InvalidOption`] if it is no object, or has a member that is not `known`: a misspelt option
    /// must not be silent.
    pub fn new(path: String, value: &'a Json, known: &[&str]) -> Result<Self, Error> {
        let Some(members) = value.as_object() else {
            return Err(Error::option(
                if path.is_empty() { "options".into() } else { path },
                "must be an object",
            ));
        };
        let reader = Self { path, value };
        match members.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            Some((name, _)) => Err(Error::option(reader.path_of(name), "is not an option")),
            None => Ok(reader),
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
        let indexed = |at: usize| [&self.path_of(name), "[", &at.to_string(), "]"].concat();
        Ok(items.map(|items| items.iter().enumerate().map(|(at, item)| (indexed(at), item)).collect()))
    }

    pub fn object(&self, name: &str, known: &[&str]) -> Result<Option<Self>, Error> {
        self.get(name).map(|value| Self::new(self.path_of(name), value, known)).transpose()
    }

    /// Whole seconds, given back in milliseconds.
    pub fn seconds(&self, name: &str, min: i64, max: i64) -> Result<Option<u64>, Error> {
        let seconds =
            self.typed(name, |value| value.as_number()?.trunc_i64(), "must be a whole number of seconds")?;
        match seconds {
            Some(seconds) if !(min..=max).contains(&seconds) => Err(Error::option(
                self.path_of(name),
                "must be a whole number of seconds, at most a day, and not negative",
            )),
            seconds => Ok(seconds.map(|seconds| seconds.unsigned_abs() * 1_000)),
        }
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
