// Token exchange (RFC 8693) for oidc-provider, which has none: a JWT access token of ours for one with another audience.
import { createLocalJWKSet, jwtVerify } from "jose";

export const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
const PARAMETERS = ["subject_token", "subject_token_type", "requested_token_type", "audience"];

/** The audiences are the policy's `resources`. */
export function offerTokenExchange(provider, policy) {
  const { kty, crv, x, y, kid, alg } = policy.signingKey;
  const keys = createLocalJWKSet({ keys: [{ kty, crv, x, y, kid, alg }] });
  const exchange = async (ctx) => {
    const { client, params } = ctx.oidc;
    const subject = await jwtVerify(String(params.subject_token), keys, {
      issuer: provider.issuer,
      audience: policy.audience,
    }).catch(() => undefined);
    if (subject === undefined || params.subject_token_type !== ACCESS_TOKEN) {
      return answer(ctx, 400, { error: "invalid_request" });
    }
    if (!policy.resources.has(params.audience)) return answer(ctx, 400, { error: "invalid_target" });
    const { sub, scope } = subject.payload;
    const token = new provider.AccessToken({ accountId: sub, client, scope });
    token.resourceServer = new provider.ResourceServer(params.audience, {
      scope,
      audience: params.audience,
      accessTokenFormat: "jwt",
      jwt: { sign: { alg: "ES256" } },
    });
    ctx.oidc.entity("AccessToken", token);
    answer(ctx, 200, {
      access_token: await token.save(),
      issued_token_type: ACCESS_TOKEN,
      token_type: token.tokenType,
      expires_in: token.expiration,
    });
  };
  provider.registerGrantType(TOKEN_EXCHANGE, exchange, PARAMETERS);
}

function answer(ctx, status, body) {
  ctx.status = status;
  ctx.body = body;
}
