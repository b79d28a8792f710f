// The public types as an application uses them. Compiled against the packed package too; every `@ts-expect-error` is
// a mistake that the types must find.
import {
  type AddressClaim,
  type Claims,
  type Client,
  type ClientOptions,
  createClient,
  decodeJwt,
  type Session,
  type StandardClaims,
  StrongroomError,
  type StrongroomErrorCode,
  type UserInfo,
} from "strongroom";

const options: ClientOptions = {
  provider: {
    type: "oidc",
    issuer: "https://id.example",
    clientId: "spa",
    redirectUri: "https://app.example/cb",
  },
  resources: ["https://api.example/", { url: "https://other.example/orders" }],
  isolation: "page",
};

createClient({
  provider: { type: "oauth", clientId: "spa", endpoints: { token: "https://id.example/token" } },
  resources: [],
  isolation: "page",
  exposeAccessToken: true,
  refresh: { leadSeconds: 30, timeoutSeconds: 10, waitSeconds: 5 },
  wasmUrl: new URL("https://app.example/strongroom_bg.wasm"),
});

createClient({
  ...options,
  resources: [
    { url: "https://orders.example/", resource: "urn:example:orders", scope: "read" },
    { url: "https://legacy.example/", exchange: { audience: "legacy" } },
    // @ts-expect-error a misspelt member
    { url: "https://legacy.example/", exchange: { audiense: "legacy" } },
  ],
});

createClient({
  ...options,
  provider: {
    type: "json",
    signIn: { url: "https://app.example/in", json: { user: "{user}", more: ["{password}", 1, null] } },
    refresh: { url: "https://app.example/refresh", form: { token: "{refreshToken}" }, method: "PUT" },
    signOut: { navigate: "https://app.example/out" },
    response: { accessToken: "data.token", expiresAt: "data.until", expiresAtUnit: "iso", claims: "" },
    success: { path: "errcode", equals: 0 },
    errors: [{ status: [400, 401], path: "code", exists: true, means: "signed-out" }],
  },
});
createClient({
  ...options,
  provider: {
    type: "bff",
    session: "https://app.example/session",
    signIn: { navigate: "https://app.example/in", returnToParameter: "next" },
    antiForgery: { header: "X-CSRF", value: "1" },
    response: { claims: "user" },
  },
});
createClient({
  ...options,
  // @ts-expect-error a BFF's answers hold no token
  provider: { type: "bff", session: "", signIn: { navigate: "" }, response: { accessToken: "" } },
});
// @ts-expect-error a BFF has a page to sign in at
createClient({ ...options, provider: { type: "bff", session: "", signIn: { url: "" } } });
// @ts-expect-error no such method
createClient({ ...options, provider: { type: "json", signIn: { url: "", method: "HEAD" } } });
// @ts-expect-error an error means something
createClient({ ...options, provider: { type: "json", errors: [{ status: 400 }] } });

createClient({ provider: options.provider, resources: [] });
createClient({ ...options, isolation: "auto", workerUrl: "/vault/vault.js" });
// @ts-expect-error no such isolation
createClient({ ...options, isolation: "iframe" });
// @ts-expect-error an OpenID provider has an issuer
createClient({ ...options, provider: { type: "oidc", clientId: "spa" } });
// @ts-expect-error a misspelt option
createClient({ ...options, provider: { type: "oauth", client_id: "spa" } });
// @ts-expect-error no such provider
createClient({ ...options, provider: { type: "saml", clientId: "spa" } });
// @ts-expect-error resources are a list
createClient({ ...options, resources: "https://api.example/" });
// @ts-expect-error options are needed
createClient();

export async function use(client: Client): Promise<void> {
  const fetchLike: typeof globalThis.fetch = client.fetch;
  const response: Response = await fetchLike("https://api.example/orders", { method: "POST", body: "{}" });
  void response;

  const session: Session = client.session;
  const status: "signed-out" | "signing-in" | "signed-in" | "renewal-delayed" = session.status;
  const expiresAt: number | null = session.expiresAt;
  const subject: string | undefined = session.claims?.sub;
  void [status, expiresAt, subject];
  // @ts-expect-error nobody may be signed in
  void session.claims.sub;
  // @ts-expect-error what a claim of the application's own holds, nobody has said
  const role: string | undefined = session.claims?.["urn:own:role"];
  const unknown: unknown = session.claims?.["urn:own:role"];
  void [role, unknown];
  // @ts-expect-error a snapshot is not written to
  session.status = "signed-out";
  // @ts-expect-error a snapshot has no token
  void session.accessToken;

  await client.signIn();
  await client.signIn({ mode: "popup" });
  // @ts-expect-error no such mode
  await client.signIn({ mode: "window" });
  const silent = await client.signIn({ mode: "silent", loginHint: "ada" });
  const why: "login_required" | undefined = silent.error === "login_required" ? silent.error : undefined;
  const there: null | false = silent.signedIn ? silent.error : false;
  const known: boolean = (await client.signIn({ mode: "sso" })).signedIn;
  // @ts-expect-error a redirect gives nothing
  void (await client.signIn({ prompt: "login" })).signedIn;
  client.addEventListener("step-up-required", async ({ detail }) => {
    const { acrValues, maxAgeSeconds, scope, isRepeated } = detail;
    if (!isRepeated) await client.signIn({ acrValues, maxAgeSeconds, scope, mode: "popup" });
  });
  void [why, there, known];
  await client.signIn({ returnTo: "/orders", uiLocales: "de", parameters: { display: "touch" } });
  // @ts-expect-error parameters are texts
  await client.signIn({ parameters: { max_age: 7 } });
  const result: { returnTo: string } | null = await client.completeSignIn();
  void result;
  const token: string = await client.getAccessToken();
  void token;
  await client.setTokens({ access_token: "a", token_type: "Bearer", expires_in: 60, vendor: true });
  // @ts-expect-error a token response has a token type
  await client.setTokens({ access_token: "a" });
  await client.refresh();
  await client.signOut();
  await client.touch();
  const info = await client.userInfo();
  const name: unknown = info.name;
  const sub: string = info.sub;
  void [name, sub];

  const unsubscribe: () => void = client.subscribe(() => {});
  unsubscribe();
  client.addEventListener("refreshed", ({ detail }) => {
    const generation: number = detail.generation;
    const rotated: boolean = detail.rotated;
    void [generation, rotated];
    // @ts-expect-error an event tells no token
    void detail.access_token;
  });
  client.addEventListener("signed-out", ({ detail: { reason } }) => {
    type Limit = "idle" | "absolute" | "renewals";
    const known: "sign-out" | "session-ended" | "account-switch" | Limit | "vault-lost" = reason;
    void known;
  });
  client.addEventListener("session-ending", ({ detail: { reason, inSeconds } }) => {
    const known: "idle" | "absolute" | "renewals" = reason;
    const seconds: number = inSeconds;
    void [known, seconds];
  });
  client.addEventListener("session-continues", () => {});
  // @ts-expect-error no such event
  client.addEventListener("renewed", () => {});

  client.close();
  {
    using own = await createClient(options);
    void own;
  }
}

/** What the types say of each registered claim: with `undefined` where the server may leave it out. */
interface Registered {
  iss: string;
  sub: string;
  aud: string | readonly string[];
  exp: number;
  iat: number;
  auth_time: number | undefined;
  acr: string | undefined;
  amr: readonly string[] | undefined;
  azp: string | undefined;
  nonce: string | undefined;
  nbf: number | undefined;
  jti: string | undefined;
  at_hash: string | undefined;
  sid: string | undefined;
  name: string | undefined;
  given_name: string | undefined;
  family_name: string | undefined;
  middle_name: string | undefined;
  nickname: string | undefined;
  preferred_username: string | undefined;
  profile: string | undefined;
  picture: string | undefined;
  website: string | undefined;
  email: string | undefined;
  email_verified: boolean | undefined;
  gender: string | undefined;
  birthdate: string | undefined;
  zoneinfo: string | undefined;
  locale: string | undefined;
  phone_number: string | undefined;
  phone_number_verified: boolean | undefined;
  address: AddressClaim | undefined;
  updated_at: number | undefined;
}
type Same<A, B> =
  (<Of>() => Of extends A ? true : false) extends <Of>() => Of extends B ? true : false ? true : false;
type TypesOf<Holder, Names extends PropertyKey> = {
  [Name in Names]: Name extends keyof Holder ? Holder[Name] : never;
};
const claimsAreTyped: Same<TypesOf<Claims, keyof Registered>, Registered> = true;
type OfUser = Omit<Registered, Exclude<keyof Registered, keyof StandardClaims>>;
const userInfoIsTyped: Same<TypesOf<UserInfo, keyof OfUser>, OfUser> = true;
// @ts-expect-error the comparison finds a claim of another type
const isComparison: Same<TypesOf<Claims, "exp">, { exp: string }> = true;
void [claimsAreTyped, userInfoIsTyped, isComparison];

interface OwnClaims {
  readonly "urn:own:role"?: "reader" | "writer";
}

export async function extend(): Promise<void> {
  const client = await createClient<OwnClaims>(options);
  // @ts-expect-error nobody may be signed in
  void client.session.claims["urn:own:role"];
  const role: "reader" | "writer" | undefined = client.session.claims?.["urn:own:role"];
  // @ts-expect-error the application's type counts
  const wrong: "admin" | undefined = client.session.claims?.["urn:own:role"];
  const street: string | undefined = client.session.claims?.address?.street_address;
  // @ts-expect-error other claims stay unknown
  const other: string | undefined = client.session.claims?.["urn:own:team"];
  // @ts-expect-error claims are not written to
  if (client.session.claims) client.session.claims.name = "Ada";
  void [role, wrong, street, other];
  // For code that wants none of it.
  await use(client);
  const session: Session<OwnClaims> = client.session;
  // @ts-expect-error a client that knows less is no client that knows this
  const knowing: Client<OwnClaims> = await createClient<{ readonly "urn:own:role": number }>(options);
  void [session, knowing];
}

export function tell(error: unknown): StrongroomErrorCode | undefined {
  if (!(error instanceof StrongroomError)) return undefined;
  const status: number | undefined = error.status;
  const oauthError: string | undefined = error.error;
  void [status, oauthError, error.retryAfterSeconds];
  // @ts-expect-error no such code
  if (error.code === "ERR_UNKNOWN_THING") return undefined;
  return error.code;
}

interface Own {
  sub: string;
  roles: string[];
}
const own: Own = decodeJwt<Own>("a.b.c");
const open: Record<string, unknown> = decodeJwt("a.b.c");
const claims: Claims | null = null;
void [own, open, claims];
// @ts-expect-error a token is a text
decodeJwt(undefined);
