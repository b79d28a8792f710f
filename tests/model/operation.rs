use serde_json::{Value, json};

use crate::sim::{DAY, Fate, HOUR, Limits, MINUTE, Random, SECOND, Setup, Target};

/// One thing that happens in a random world.
#[derive(Clone, Debug)]
pub enum Operation {
    Abort,
    ApiRefuses(bool),
    Call(u64),
    Close,
    GoOffline,
    GoOnline,
    /// A callback comes a second time.
    ReplayCallback,
    MeetFate(Target, Fate),
    /// Another tab's word, true or forged.
    Notice,
    Pass(u64),
    Refresh,
    Reload,
    Restore,
    RevokeAccessTokens,
    RevokeGrants,
    /// So many answers of the token endpoint are this instead of its own.
    Script(Answer, u64),
    ServerDown(Option<Answer>),
    SetTokens,
    SetTokensWrongly,
    SetWall(i64),
    /// Out to the server and back, to a new page or (as a restored page would) to the same.
    SignIn {
        to_same_page: bool,
    },
    SignOut,
    Sleep {
        ms: u64,
        connections_break: bool,
        wakes: bool,
    },
    SwitchAccount(bool),
    SpoilIdTokens(bool),
    Trouble(u64),
    Wake,
}

#[derive(Clone, Copy, Debug)]
pub enum Answer {
    Empty,
    Html,
    InvalidClient,
    InvalidGrant,
    RetryAfter,
    TooMany,
    Unavailable,
}

impl Operation {
    pub fn random(random: &mut Random) -> Self {
        match random.below(200) {
            0..45 => Self::Call(random.pick(&[1, 1, 1, 2, 5, 20])),
            45..75 => Self::Pass(up_to_one_of(random, &[50, SECOND, 20 * SECOND, 5 * MINUTE, HOUR])),
            75..85 => Self::Sleep {
                ms: up_to_one_of(random, &[30 * SECOND, HOUR, 2 * DAY]),
                connections_break: random.chance(50),
                wakes: random.chance(70),
            },
            85..95 => Self::MeetFate(target(random), fate(random)),
            95..103 => Self::Refresh,
            103..108 => Self::Abort,
            108..118 => Self::SignIn { to_same_page: random.chance(50) },
            118..125 => Self::SetTokens,
            125 => Self::SetTokensWrongly,
            126..129 => Self::SignOut,
            129..135 => Self::GoOffline,
            135..141 => Self::GoOnline,
            141..143 => Self::Wake,
            143..145 => Self::Notice,
            145..150 => Self::Restore,
            150..156 => Self::RevokeAccessTokens,
            156..158 => Self::RevokeGrants,
            158..164 => Self::Script(answer(random), random.between(1, 4)),
            164..168 => Self::ServerDown(Some(answer(random))),
            168..174 => Self::ServerDown(None),
            174..180 => {
                let by_ms = up_to_one_of(random, &[MINUTE, HOUR, 400 * DAY]) as i64;
                Self::SetWall(if random.chance(50) { by_ms } else { -by_ms })
            }
            180..184 => Self::Trouble(random.pick(&[5, 20, 60])),
            184..188 => Self::Trouble(0),
            188..191 => Self::ApiRefuses(true),
            191..194 => Self::ApiRefuses(false),
            194 => Self::Close,
            195 => Self::Reload,
            196 => Self::SwitchAccount(random.chance(50)),
            197 => Self::SpoilIdTokens(random.chance(50)),
            _ => Self::ReplayCallback,
        }
    }
}

pub fn setup(random: &mut Random) -> Setup {
    let kind = random.pick(&["oidc", "oauth"]);
    Setup {
        kind,
        scope: if kind == "oidc" { "openid offline_access" } else { "orders:read" },
        discovers: random.chance(60),
        lead_seconds: random.pick(&[None, None, Some(0), Some(30), Some(86_400)]),
        timeout_seconds: random.pick(&[1, 5, 20, 60]),
        wait_seconds: random.pick(&[1, 10, 30, 120]),
        lifetime_seconds: random.pick(&[5, 30, 300, 3_600, 86_400, 30 * 86_400]),
        advertises_lifetime: random.chance(80),
        issues_refresh_tokens: random.chance(90),
        rotates: random.chance(70),
        reuse_interval_ms: random.pick(&[0, 10 * SECOND, 10 * MINUTE]),
        has_revocation: random.chance(80),
        sends_iss: random.chance(70),
        id_token_in_refresh: random.chance(70),
        ..Setup::default()
    }
}

/// A back end of the application's own, in some worlds.
pub fn take_back_end(setup: &mut Setup, random: &mut Random) {
    if cfg!(feature = "full") && random.chance(30) {
        setup.kind = random.pick(&["json", "cookie", "bff"]);
        setup.resources.clear();
        // A cookie is all that it has.
        setup.issues_refresh_tokens |= setup.has_cookie();
    }
}

/// Most sessions have none.
pub fn limits(random: &mut Random) -> Option<Limits> {
    let limits = Limits {
        idle_seconds: random.pick(&[None, Some(10), Some(600), Some(86_400)]),
        absolute_seconds: random.pick(&[None, Some(60), Some(3_600), Some(30 * 86_400)]),
        warn_seconds: random.pick(&[None, Some(0), Some(5), Some(86_400)]),
        counts_calls: random.pick(&[None, Some(false)]),
        max_renewals: random.pick(&[None, None, Some(1), Some(5)]),
    };
    random.chance(25).then_some(limits)
}

/// Resources with tokens of their own, in some worlds.
pub fn resources(random: &mut Random) -> Vec<Value> {
    if !cfg!(feature = "full") || !random.chance(35) {
        return Vec::new();
    }
    let all = [
        json!({ "url": "https://a.example/", "resource": "urn:a" }),
        json!({ "url": "https://api.example/b/", "resource": "urn:b" }),
        json!({ "url": "https://c.example/", "exchange": { "audience": "c" } }),
        json!({ "url": "https://d.example/", "resource": "urn:a" }),
    ];
    let first = random.below(4) as usize;
    all[first..].to_vec()
}

fn up_to_one_of(random: &mut Random, most: &[u64]) -> u64 {
    let most = random.pick(most);
    random.between(1, most)
}

fn target(random: &mut Random) -> Target {
    random.pick(&[
        Target::Token,
        Target::Token,
        Target::Token,
        Target::Api,
        Target::Metadata,
        Target::Revocation,
    ])
}

fn fate(random: &mut Random) -> Fate {
    let late = Fate::Late(random.between(1, 90 * SECOND));
    random.pick(&[
        late,
        late,
        Fate::RequestLost,
        Fate::ResponseLost,
        Fate::RequestHangs,
        Fate::ResponseHangs,
        Fate::TooLarge,
    ])
}

fn answer(random: &mut Random) -> Answer {
    random.pick(&[
        Answer::Empty,
        Answer::Html,
        Answer::InvalidClient,
        Answer::InvalidGrant,
        Answer::RetryAfter,
        Answer::TooMany,
        Answer::Unavailable,
    ])
}
