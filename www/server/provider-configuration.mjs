// How the demo configures oidc-provider. `policy` is read at each request, so tests may change it while the server runs.

import { errorPage, logoutPage, signedOutPage } from "./pages.mjs";
import { TOKEN_EXCHANGE } from "./token-exchange.mjs";

const SCOPES = ["openid", "offline_access", "profile", "email"];
export const RESOURCE_SCOPE = "orders:read orders:admin";
/** The authentication context class of a sign-in that asked for it. */
export const STRONG_ACR = "urn:strongroom:strong";

export function providerConfiguration(policy, interactionPolicy) {
  const { user } = policy;
  const spa = publicClient("spa", "Strongroom demo");
  if (policy.exchanges) spa.grant_types.push(TOKEN_EXCHANGE);
  return {
    clients: [
      { ...spa, dpop_bound_access_tokens: policy.dpop },
      publicClient("naive", "Naive client"),
      // What the server says of the user is signed for it.
      { ...publicClient("signed", "Strongroom demo, signed"), userinfo_signed_response_alg: "ES256" },
      {
        client_id: "api",
        client_secret: policy.introspectionSecret,
        grant_types: [],
        response_types: [],
        redirect_uris: [],
        id_token_signed_response_alg: "ES256",
      },
    ],
    clientBasedCORS: (_ctx, origin) => policy.origins.has(origin),
    jwks: { keys: [policy.signingKey] },
    cookies: { keys: [policy.cookieKey] },
    scopes: SCOPES,
    claims: { openid: ["sub"], profile: ["name"], email: ["email", "email_verified"] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed("refresh_token"),
    expiresWithSession: () => false,
    findAccount: (_ctx, id) =>
      id === user.sub
        ? {
            accountId: user.sub,
            claims: () => ({ sub: user.sub, name: user.name, email: user.email, email_verified: true }),
          }
        : undefined,
    acrValues: [STRONG_ACR],
    interactions: {
      policy: withoutRarPrompt(stepUpPolicy(interactionPolicy)),
      url: (_ctx, interaction) => `/interaction/${interaction.uid}`,
    },
    // For the API to judge (RFC 9470 section 6.2).
    extraTokenClaims(ctx) {
      const { acr, authTime } = ctx.oidc.entities.AuthorizationCode ?? ctx.oidc.entities.RefreshToken ?? {};
      return { ...(acr && { acr }), ...(authTime && { auth_time: authTime }) };
    },
    loadExistingGrant: (ctx) => grantFor(ctx, policy),
    renderError: (ctx, out) => renderPage(ctx, errorPage(out)),
    ttl: {
      AccessToken: () => policy.accessTokenTtlSeconds,
      AuthorizationCode: 60,
      Grant: 14 * 24 * 3600,
      IdToken: 3600,
      Interaction: 3600,
      RefreshToken: () => policy.refreshTokenTtlSeconds,
      Session: 14 * 24 * 3600,
    },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: true, requireNonce: () => policy.dpop, nonceSecret: policy.dpopNonceSecret },
      jwtUserinfo: { enabled: true },
      // An ID token names the server's session to whoever asks for `sid`.
      claimsParameter: { enabled: true },
      introspection: { enabled: true, allowedPolicy: (_ctx, client) => client.clientId === "api" },
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => client.clientId === token.clientId,
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => renderPage(ctx, logoutPage(form)),
        postLogoutSuccessSource: (ctx) => renderPage(ctx, signedOutPage()),
      },
      pushedAuthorizationRequests: {
        enabled: true,
        requirePushedAuthorizationRequests: policy.requiresPushing,
      },
      richAuthorizationRequests: {
        enabled: true,
        types: { transfer: { validate: () => {} } },
        authorizationDetailsForGrantSource: (ctx) => grantedDetails(ctx),
        authorizationDetailsForAccessToken: (_ctx, _token, source) => source.rar,
        authorizationDetailsForIntrospection: (_ctx, token) => token.rar,
      },
      resourceIndicators: {
        enabled: true,
        // Tokens for the API are none for the UserInfo endpoint. Of several, without a word, it is that API's.
        defaultResource: (_ctx, _client, oneOf) =>
          Array.isArray(oneOf)
            ? policy.audience
            : (oneOf ?? (policy.isForUserInfo ? undefined : policy.audience)),
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, indicator) => ({
          scope: RESOURCE_SCOPE,
          audience: knownResource(policy, indicator),
          accessTokenFormat: policy.accessTokenFormat,
          ...(policy.accessTokenFormat === "jwt" && { jwt: { sign: { alg: "ES256" } } }),
        }),
      },
    },
  };
}

function knownResource(policy, indicator) {
  if (indicator !== policy.audience && !policy.resources.has(indicator)) throw new policy.InvalidTarget();
  return indicator;
}

/** Whoever asks for the class that the user's login is not of lets the user sign in again (RFC 9470 section 5). */
function stepUpPolicy({ Check, base }) {
  const policy = base();
  const isTooWeak = (ctx) => {
    const { params, session } = ctx.oidc;
    const isAsked = params.acr_values?.split(" ").includes(STRONG_ACR) === true;
    return isAsked && session.acr !== STRONG_ACR;
  };
  policy
    .get("login")
    .checks.add(new Check("acr_too_weak", "a stronger login is asked for", "login_required", isTooWeak));
  return policy;
}

function publicClient(client_id, client_name) {
  return {
    client_id,
    client_name,
    token_endpoint_auth_method: "none",
    application_type: "web",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    redirect_uris: ["http://127.0.0.1/callback"],
    authorization_details_types: ["transfer"],
    id_token_signed_response_alg: "ES256",
  };
}

/** The provider's own questions, but for one: for authorization details it would always ask. */
function withoutRarPrompt(questions) {
  questions.get("consent").checks.remove("rar_prompt");
  return questions;
}

/** Of whatever transfer is asked for, one up to 10.50 is granted. */
function grantedDetails(ctx) {
  const asked = ctx.oidc.params.authorization_details;
  return asked === undefined ? undefined : JSON.parse(asked).map((detail) => ({ ...detail, limit: 10.5 }));
}

// Each sign-in of the first-party client gets a grant of its own: ending one session leaves the others alone.
async function grantFor(ctx, policy) {
  const { client, session, result, provider } = ctx.oidc;
  if (result?.consent?.grantId !== undefined) return provider.Grant.find(result.consent.grantId);
  if (policy.consent === "ask") return undefined;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(SCOPES.join(" "));
  for (const one of [policy.audience, ...policy.resources]) grant.addResourceScope(one, RESOURCE_SCOPE);
  await grant.save();
  return grant;
}

function renderPage(ctx, html) {
  ctx.type = "html";
  ctx.body = html;
}
