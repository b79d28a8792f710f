//! An absolute http(s) URL in the form that the platform's `new URL(x).href` gives.
//!
//! This splits and checks; it does not resolve, re-encode or repair. Whoever reads a URL from a person
//! serialises it with the platform's `URL` first. Server metadata is read as it is: what the platform
//! would have to repair is refused, so that no two readers can understand it differently.

use alloc::string::String;

use super::cut::Cut as _;
use super::decimal;

/// A checked URL: scheme and host in lower case, no default port, a path that begins with `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Href {
    text: String,
    origin_end: usize,
    path_end: usize,
    /// Where the query ends; the fragment, if any, follows.
    query_end: usize,
}

/// Why a text is not acceptable as a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HrefError {
    Character,
    DotSegment,
    Host,
    Port,
    Scheme,
    UserInfo,
}

impl Href {
    /// Reads `url`.
    ///
    /// Refused: schemes other than http and https, userinfo, a host that is empty or not in the platform's
    /// form (`0x7f.1`), a bad port, white space, control and non-ASCII characters anywhere, a backslash
    /// before the query, and path segments that are `.` or `..` in any spelling. Percent-encoding in the path
    /// is kept and compared as it is.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn parse(url: &str) -> Result<Href, HrefError> {
        if url.bytes().any(|byte| !byte.is_ascii_graphic()) {
            return Err(HrefError::Character);
        }
        // Two steps, because the search for a text costs far more code than the search for a character.
        let (scheme, rest) = url.cut(':').ok_or(HrefError::Scheme)?;
        let rest = rest.strip_prefix("//").ok_or(HrefError::Scheme)?;
        let (scheme, default_port) = match scheme {
            scheme if scheme.eq_ignore_ascii_case("https") => ("https://", "443"),
            scheme if scheme.eq_ignore_ascii_case("http") => ("http://", "80"),
            _ => return Err(HrefError::Scheme),
        };
        let (authority, rest) = split_before(rest, "/?#");
        let (rest, fragment) = split_before(rest, "#");
        let (path, query) = split_before(rest, "?");
        let (host, port) = split_authority(authority)?;
        if path.has('\\') {
            return Err(HrefError::Character);
        }
        if path.parts('/').any(is_dot_segment) {
            return Err(HrefError::DotSegment);
        }

        let mut text = String::with_capacity(url.len() + 1);
        text.push_str(scheme);
        text.push_str(host);
        text.make_ascii_lowercase();
        if let Some(port) = port.filter(|port| *port != default_port) {
            text.push(':');
            text.push_str(port);
        }
        let origin_end = text.len();
        text.push_str(if path.is_empty() { "/" } else { path });
        let path_end = text.len();
        text.push_str(query);
        let query_end = text.len();
        text.push_str(fragment);
        Ok(Href { text, origin_end, path_end, query_end })
    }

    /// `https://host` or `https://host:port`, as `location.origin` has it.
    pub fn origin(&self) -> &str {
        self.text.get(..self.origin_end).unwrap_or("")
    }

    /// The path as written; it always begins with `/`.
    pub fn path(&self) -> &str {
        self.text.get(self.origin_end..self.path_end).unwrap_or("/")
    }

    /// The query without its `?`; `Some("")` when there is a `?` with nothing behind it.
    pub fn query(&self) -> Option<&str> {
        self.text.get(self.path_end..self.query_end)?.strip_prefix('?')
    }

    /// True when there is a `#`, even with nothing behind it.
    pub fn has_fragment(&self) -> bool {
        self.text.len() > self.query_end
    }

    /// True for https, and for http on a host that never leaves this machine: `localhost`, `*.localhost`,
    /// `127.0.0.0/8` and `[::1]`.
    pub fn is_secure(&self) -> bool {
        let Some(host) = self.origin().strip_prefix("http://") else { return true };
        is_loopback(host.get(..host_end(host)).unwrap_or(host))
    }

    /// The whole URL.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl HrefError {
    /// A fixed sentence for messages.
    pub fn message(self) -> &'static str {
        match self {
            HrefError::Character => "must be ASCII without white space and backslashes",
            HrefError::DotSegment => "must have no \".\" or \"..\" segment",
            HrefError::Host => "must have a valid host",
            HrefError::Port => "must have a valid port",
            HrefError::Scheme => "must be an https URL",
            HrefError::UserInfo => "must have no user",
        }
    }
}

/// Cuts `text` before the first of `marks`; the second part is empty when there is none.
pub fn split_before<'a>(text: &'a str, marks: &str) -> (&'a str, &'a str) {
    let at = text.bytes().position(|byte| marks.has(char::from(byte))).unwrap_or(text.len());
    text.split_at_checked(at).unwrap_or((text, ""))
}

/// Host and port of an authority; the port without leading zeros.
fn split_authority(authority: &str) -> Result<(&str, Option<&str>), HrefError> {
    if authority.has('@') {
        return Err(HrefError::UserInfo);
    }
    let (host, rest) = authority.split_at_checked(host_end(authority)).ok_or(HrefError::Host)?;
    if !is_host(host) {
        return Err(HrefError::Host);
    }
    if rest.is_empty() {
        return Ok((host, None));
    }
    let digits = rest.strip_prefix(':').ok_or(HrefError::Port)?;
    if decimal::read(digits).is_none_or(|port| port > 65_535) {
        return Err(HrefError::Port);
    }
    let mut port = digits;
    while let Some(rest) = port.strip_prefix('0').filter(|rest| !rest.is_empty()) {
        port = rest;
    }
    Ok((host, Some(port)))
}

/// Where the host ends in an authority without user; one with a bracket that is not closed ends nowhere.
fn host_end(authority: &str) -> usize {
    let end = if authority.starts_with('[') {
        authority.cut(']').map(|(before, _)| before.len() + 1)
    } else {
        authority.cut(':').map(|(before, _)| before.len())
    };
    end.unwrap_or(authority.len())
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[') {
        let address = address.strip_suffix(']').unwrap_or("");
        return address.has(':') && address.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':');
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    if host.is_empty() || !host.bytes().all(allowed) {
        return false;
    }
    // The platform reads a host whose last label is a number as an IPv4 address, in octal and hexadecimal too.
    // Read forwards: the search backwards would be code of its own.
    let last = host.strip_suffix('.').unwrap_or(host).parts('.').fold("", |_, label| label);
    let hexadecimal = last.strip_prefix("0x").or(last.strip_prefix("0X"));
    let numeric = match hexadecimal {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => last.bytes().all(|byte| byte.is_ascii_digit()) && !last.is_empty(),
    };
    !numeric || is_ipv4(host)
}

/// Four decimal octets without leading zeros: the only form that `new URL(x).href` gives.
fn is_ipv4(host: &str) -> bool {
    let octet = |text: &str| {
        let canonical = text == "0" || !text.starts_with('0');
        canonical && decimal::read(text).is_some_and(|octet| octet <= 255)
    };
    host.parts('.').count() == 4 && host.parts('.').all(octet)
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host == "[::1]"
        || (host.starts_with("127.") && is_ipv4(host))
}

/// `.` or `..`, with each dot also as `%2e`.
fn is_dot_segment(segment: &str) -> bool {
    let mut rest = segment;
    let mut dots = 0;
    while !rest.is_empty() {
        let plain = rest.strip_prefix('.');
        let Some(next) = plain.or(rest.strip_prefix("%2e")).or(rest.strip_prefix("%2E")) else {
            return false;
        };
        rest = next;
        dots += 1;
    }
    dots == 1 || dots == 2
}
