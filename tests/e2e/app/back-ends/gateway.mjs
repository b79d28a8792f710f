// A back end that signs its access tokens, and a gateway before the API that knows one key and asks nobody: it checks
// signature, issuer, audience and time of the JWT (RFC 7519) against a configured JWK (RFC 7517).
//
//   POST /sign-in   { username, password }  → { token, refreshToken }; the lifetime is in the token alone
//   POST /refresh   { refreshToken }        → the same
//   any  /api/…     behind the gateway
import { exportJWK, generateKeyPair, importJWK, jwtVerify, SignJWT } from "jose";
import { Sessions, USER } from "../../../../www/server/back-end-sessions.mjs";
import { bearerOf, startBackEnd } from "./back-end.mjs";

const [issuer, audience] = ["https://back-end.invalid", "https://gateway.invalid"];

export async function start(options) {
  const sessions = new Sessions(options);
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  let configuredJwk = await exportJWK(publicKey);

  const sign = (id) => {
    const now = Math.floor(sessions.nowMs() / 1000);
    return new SignJWT({ sid: id })
      .setProtectedHeader({ alg: "ES256", typ: "at+jwt" })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(USER.id)
      .setIssuedAt(now)
      .setExpirationTime(now + sessions.accessTokenTtlSeconds)
      .sign(privateKey);
  };
  const answer = async (id, reply) => {
    if (id === undefined) return reply(401, { message: "no" });
    reply(200, {
      token: sessions.accessToken(id, await sign(id)),
      refreshToken: sessions.refreshToken(id),
    });
  };
  const authorize = async (arrival) => {
    const key = await importJWK(configuredJwk, "ES256");
    const rules = { issuer, audience, typ: "at+jwt", currentDate: new Date(sessions.nowMs()) };
    return jwtVerify(bearerOf(arrival) ?? "", key, rules).then(
      () => true,
      () => false,
    );
  };
  const backEnd = await startBackEnd({
    sessions,
    authorize,
    renewals: ["/refresh"],
    routes: {
      "POST /sign-in": ({ body }, reply) => answer(sessions.begin(body), reply),
      "POST /refresh": ({ body }, reply) => answer(sessions.spend(body.refreshToken), reply),
    },
  });
  /** The gateway is configured with another key. */
  backEnd.configureAnotherKey = async () => {
    configuredJwk = await exportJWK((await generateKeyPair("ES256")).publicKey);
  };
  return backEnd;
}
