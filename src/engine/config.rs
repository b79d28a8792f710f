use alloc::vec::Vec;

use super::full::InFull;
use super::json::Json;
use super::limits::Limits;
use super::options::{Normalize, Options, Reader};
use super::provider::Provider;
use super::resource::Resources;
use super::target::Target;
use super::{Code, Error};

const TIMEOUT_DEFAULT_MS: u64 = 20_000;
const WAIT_DEFAULT_MS: u64 = 30_000;
const SECONDS_MAX: u64 = 86_400;

/// Where the tokens live. The page turns "auto" into one of these before the engine hears of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    Shared,
    Worker,
    Page,
}

impl Isolation {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Worker => "worker",
            Self::Page => "page",
        }
    }
}

/// Options that have been judged. Nothing changes it afterwards (promise 3).
#[derive(Debug, PartialEq, Eq)]
pub struct Config {
    pub provider: Provider,
    pub resources: Resources,
    /// The tokens that resources ask for, each once.
    pub targets: InFull<Vec<Target>>,
    pub isolation: Isolation,
    pub expose_access_token: bool,
    pub lead_ms: Option<u64>,
    /// How long one request of the engine may take.
    pub timeout_ms: u64,
    /// How long a call waits for a token.
    pub wait_ms: u64,
    pub limits: InFull<Limits>,
}

impl Config {
    /// The same policy, whatever way it was written down, is the one in force already.
    ///
    /// # Errors
    /// [`Code::Configured`] for another one: the first stays in force (promise 3).
    pub fn admit(&self, other: &Self) -> Result<(), Error> {
        if self == other { Ok(()) } else { Err(Error::new(Code::Configured)) }
    }

    /// Judges the options; each is documented in `js/types/options.ts`.
    ///
    /// # Errors
    /// [`Code::InvalidOption`] with the path of the first option that is wrong.
    pub fn new(options: Options, normalize: Normalize) -> Result<Self, Error> {
        const KNOWN: &str = "provider resources isolation exposeAccessToken refresh +session";
        options.judged(Self::read(&options.reader(KNOWN), normalize))
    }

    fn read(options: &Reader, normalize: Normalize) -> Option<Self> {
        let isolation = match options.get("isolation").and_then(Json::as_str) {
            Some("shared") => Isolation::Shared,
            Some("worker") => Isolation::Worker,
            Some("page") => Isolation::Page,
            _ => {
                options.refuse("isolation", "must be \"auto\", \"shared\", \"worker\" or \"page\"");
                return None;
            }
        };
        let refresh = options.object("refresh", "leadSeconds timeoutSeconds waitSeconds");
        let seconds = |name: &str, min: u64| refresh.as_ref()?.seconds(name, min, SECONDS_MAX);
        let provider = Provider::read(options, normalize)?;
        // A back end of one's own has one access token.
        let mut targets = InFull::new(provider.backend.get().is_none().then(Vec::new));
        let resources = Resources::read(options, normalize, provider.unplaced(), &mut targets);
        let expose_access_token = options.bool("exposeAccessToken").unwrap_or(false);
        if expose_access_token && provider.has_no_token() {
            options.refuse("exposeAccessToken", "must not be true where there is no token");
        }
        Some(Self {
            provider,
            resources,
            targets,
            isolation,
            expose_access_token,
            lead_ms: seconds("leadSeconds", 0),
            timeout_ms: seconds("timeoutSeconds", 1).unwrap_or(TIMEOUT_DEFAULT_MS),
            wait_ms: seconds("waitSeconds", 1).unwrap_or(WAIT_DEFAULT_MS),
            limits: InFull::new(Limits::new(options)),
        })
    }
}
