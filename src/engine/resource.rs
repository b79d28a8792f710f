//! Where a token may go: an origin exactly, a path by whole segments (promise 3; 9700-13).

use alloc::string::String;
use alloc::vec::Vec;

use super::href::{Href, HrefError};
use super::json::Json;
use super::options::{Normalize, Reader};
use super::sliding::Sliding;
use super::target::Target;
use super::{Aim, InFull, Placement};

/// One place that may see the token. It never changes after it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// `https://api.example/orders/`: what every URL below this resource begins with.
    below: String,
    origin_end: usize,
    /// Which token it is sent.
    pub aim: Aim,
    /// Where its calls carry the token, if not as `Authorization: Bearer`.
    pub placement: InFull<Placement>,
    /// Its answers bring the next token.
    pub sliding: InFull<Sliding>,
}

/// Why a URL cannot be a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceError {
    Fragment,
    Href(HrefError),
    NotSecure,
    Query,
}

impl Resource {
    /// Reads a resource from the platform's serialisation of its URL.
    ///
    /// A closing `/` makes no difference: `/orders` and `/orders/` are the same resource.
    ///
    /// # Errors
    /// What [`Href::parse`] refuses; a URL that is neither https nor on a loopback host; a query or a fragment,
    /// even an empty one (8707-1).
    pub fn parse(url: &str) -> Result<Resource, ResourceError> {
        let href = Href::parse(url).map_err(ResourceError::Href)?;
        if !href.is_secure() {
            return Err(ResourceError::NotSecure);
        }
        if href.query().is_some() {
            return Err(ResourceError::Query);
        }
        if href.has_fragment() {
            return Err(ResourceError::Fragment);
        }
        let mut below = [href.origin(), href.path()].concat();
        if !below.ends_with('/') {
            below.push('/');
        }
        let (aim, placement, sliding) = (Aim::default(), InFull::new(None), InFull::new(None));
        Ok(Resource { below, origin_end: href.origin().len(), aim, placement, sliding })
    }

    /// True when a URL of this `origin` and `path` belongs to the resource.
    ///
    /// Both must come from a serialised URL ([`Href`] or the platform's `URL`). The path is compared byte by
    /// byte: `%7E` is not `~`, and `A` is not `a`.
    pub fn matches(&self, origin: &str, path: &str) -> bool {
        origin == self.origin()
            && path.strip_prefix(self.path()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// What lets a page tell this resource's URLs without knowing the rule: a serialised URL whose fragment is replaced
    /// by `#` belongs to the resource exactly when it begins with one of these.
    pub fn beginnings(&self) -> impl Iterator<Item = String> {
        let url = self.below.strip_suffix('/').unwrap_or(&self.below);
        let ends: &[&str] = if self.path().is_empty() { &["/"] } else { &["/", "?", "#"] };
        ends.iter().map(move |end| [url, end].concat())
    }

    pub fn is_at(&self, other: &Self) -> bool {
        self.below == other.below
    }

    /// The resource as a URL that ends in `/`.
    pub fn as_str(&self) -> &str {
        &self.below
    }

    /// The origin that the resource is on.
    pub fn origin(&self) -> &str {
        self.below.get(..self.origin_end).unwrap_or("")
    }

    /// Without a closing `/`; empty when the whole origin is meant.
    fn path(&self) -> &str {
        self.below.get(self.origin_end..self.below.len() - 1).unwrap_or("")
    }
}

impl ResourceError {
    /// A fixed sentence for messages.
    pub fn message(self) -> &'static str {
        match self {
            ResourceError::Fragment => "must have no fragment",
            ResourceError::Href(error) => error.message(),
            ResourceError::NotSecure => "must be an https URL (http on loopback)",
            ResourceError::Query => "must have no query",
        }
    }
}

/// All places that may see the token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resources(pub Vec<Resource>);

impl Resources {
    /// True when the platform's serialised URL `href` belongs to a resource. What is not http(s), or is no
    /// serialised URL at all, belongs to none.
    pub fn matches(&self, href: &str) -> bool {
        self.find(href).is_some()
    }

    /// Whether any of them gives next tokens.
    pub fn have_sliding(&self) -> bool {
        self.0.iter().any(|resource| resource.sliding.get().is_some())
    }

    /// Whether on the origin of `href` there is a resource with another token than this: a redirect, on which a browser
    /// sends the same token to the same origin, could lead there.
    pub fn has_neighbours(&self, aim: Aim, href: &str) -> bool {
        let origin = Href::parse(href).map(|href| href.origin().len()).unwrap_or_default();
        self.0.iter().any(|other| other.aim != aim && href.get(..origin) == Some(other.origin()))
    }

    /// The resource that `href` belongs to: of several the longest, whatever their order (8707-2).
    pub fn find(&self, href: &str) -> Option<&Resource> {
        let href = Href::parse(href).ok()?;
        let mut found: Option<&Resource> = None;
        for resource in &self.0 {
            if resource.matches(href.origin(), href.path())
                && found.is_none_or(|found| found.below.len() < resource.below.len())
            {
                found = Some(resource);
            }
        }
        found
    }
}

impl Resources {
    /// The option `resources`. `unplaced`: why none may say where its calls carry the token.
    pub(super) fn read(
        options: &Reader,
        normalize: Normalize,
        unplaced: Option<&'static str>,
        targets: &mut InFull<Vec<Target>>,
    ) -> Self {
        let given = options.list("resources");
        if given.is_none() {
            options.refuse("resources", "is required");
        }
        let mut resources = Vec::new();
        for (path, value) in given.unwrap_or_default() {
            if let Some(resource) = resource(options, path, value, normalize, unplaced, targets, &resources) {
                resources.push(resource);
            }
        }
        Self(resources)
    }
}

/// A URL alone, or an object with one.
fn resource(
    options: &Reader,
    path: String,
    value: &Json,
    normalize: Normalize,
    unplaced: Option<&'static str>,
    targets: &mut InFull<Vec<Target>>,
    others: &[Resource],
) -> Option<Resource> {
    let mut aim = Aim::default();
    let (mut placement, mut sliding) = (None, None);
    let (path, url) = match value {
        Json::Object(_) => {
            let object =
                options.item(path, value, "url +resource +scope +exchange +placement +slidingTokens");
            aim = Target::read(&object, targets);
            placement = Placement::read(&object, unplaced);
            let of_target = aim.get().map(|_| "is for the session's own token alone");
            sliding = Sliding::read(&object, unplaced.or(of_target));
            let url = object.text("url");
            if url.is_none() {
                object.refuse("url", "is required");
            }
            (object.path_of("url"), url?)
        }
        _ => {
            let url = options.url(&path, value)?;
            (path, url)
        }
    };
    match Resource::parse(&options.normalized(&path, url, normalize)?) {
        Ok(mut resource) => {
            resource.aim = aim;
            resource.placement = InFull::new(placement);
            resource.sliding = InFull::new(sliding);
            let differs =
                |other: &&Resource| other.aim != aim || other.placement.get() != resource.placement.get();
            if others.iter().filter(differs).any(|other| other.is_at(&resource)) {
                options.refuse_at(&path, "is there already, with another token or placement");
            }
            Some(resource)
        }
        Err(error) => {
            options.refuse_at(&path, error.message());
            None
        }
    }
}
