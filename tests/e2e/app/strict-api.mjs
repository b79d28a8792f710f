// An API that takes DPoP-bound tokens only and checks every proof, with `jose`, as strictly as RFC 9449 §4.3 lets it.
//
//   const api = await startStrictApi({ authorizationServer });   → { url, calls, control, close() }
//
//   any  /echo…      { method, body }              any  /redirect   to /echo, 307
//
// api.calls     [{ method, path, status, wrong?, claims?, thumbprint?, tokenHash }]: what was wrong, what was proved. Preflights are not in it.
// api.control   exposes (true): whether CORS lets script read WWW-Authenticate and DPoP-Nonce
//               refuseNext(count): the next good calls get 401 invalid_token
//               changeNonce(): proofs with the nonce so far are not taken any more
import { createHash, randomUUID } from "node:crypto";
import { calculateJwkThumbprint, createRemoteJWKSet, EmbeddedJWK, jwtVerify } from "jose";
import { listen, readText, sendJson } from "../../../www/server/loopback.mjs";

const AGE_MAX_SECONDS = 60;

export async function startStrictApi({ authorizationServer }) {
  const keys = createRemoteJWKSet(new URL(authorizationServer.jwksUri));
  const seen = new Set();
  const calls = [];
  let nonce = randomUUID();
  let refusalsLeft = 0;
  const control = {
    exposes: true,
    refuseNext(count) {
      refusalsLeft = count;
    },
    changeNonce() {
      nonce = randomUUID();
    },
  };

  /** What is proved; throws a challenge's error with what is wrong. */
  async function check(request) {
    const { method, headers, rawHeaders } = request;
    const proofs = rawHeaders.filter((_, at) => at % 2 === 0 && rawHeaders[at].toLowerCase() === "dpop");
    if (proofs.length !== 1) throw refusal("invalid_dpop_proof", `${proofs.length} DPoP headers`);
    const [, token] = /^DPoP ([A-Za-z0-9\-._~+/]+=*)$/.exec(headers.authorization ?? "") ?? [];
    if (token === undefined) throw refusal("invalid_token", "no DPoP token");
    const tokenHash = createHash("sha256").update(token).digest("base64url");
    const { payload: tokenClaims } = await jwtVerify(token, keys, {
      issuer: authorizationServer.issuer,
      audience: authorizationServer.audience,
      typ: "at+jwt",
    }).catch(() => {
      throw refusal("invalid_token", "the token");
    });
    const wrong = (what) => refusal("invalid_dpop_proof", what);
    const { payload: claims, protectedHeader } = await jwtVerify(headers.dpop, EmbeddedJWK, {
      typ: "dpop+jwt",
      algorithms: ["ES256", "Ed25519", "EdDSA"],
    }).catch(() => {
      throw wrong("the signature or the header");
    });
    const { jwk } = protectedHeader;
    const members = Object.keys(jwk).sort().join();
    if (!["crv,kty,x", "crv,kty,x,y"].includes(members)) throw wrong(`jwk has ${members}`);
    if (Object.keys(protectedHeader).sort().join() !== "alg,jwk,typ") throw wrong("the header's members");
    const thumbprint = await calculateJwkThumbprint(jwk);
    if (tokenClaims.cnf?.jkt !== thumbprint) throw refusal("invalid_token", "bound to another key");
    if (claims.htm !== method) throw wrong(`htm ${claims.htm} for ${method}`);
    const htu = `${url}${request.url.split("?")[0]}`;
    if (claims.htu !== htu) throw wrong(`htu ${claims.htu} for ${htu}`);
    if (claims.ath !== tokenHash) throw wrong("ath");
    if (!Number.isInteger(claims.iat)) throw wrong("iat is no integer");
    if (Math.abs(Date.now() / 1000 - claims.iat) > AGE_MAX_SECONDS) throw wrong("iat");
    if (typeof claims.jti !== "string" || claims.jti.length < 16) throw wrong("jti");
    if (seen.has(claims.jti)) throw wrong("jti was used before");
    seen.add(claims.jti);
    if (claims.nonce !== nonce) throw refusal("use_dpop_nonce", "nonce");
    if (refusalsLeft > 0) {
      refusalsLeft -= 1;
      throw refusal("invalid_token", "refused as asked");
    }
    return { claims, thumbprint, tokenHash };
  }

  async function serve(request, response) {
    response.setHeader("access-control-allow-origin", request.headers.origin ?? "*");
    if (control.exposes) response.setHeader("access-control-expose-headers", "WWW-Authenticate, DPoP-Nonce");
    if (request.method === "OPTIONS") {
      response.setHeader("access-control-allow-methods", "GET, POST, PUT, PATCH, DELETE");
      response.setHeader("access-control-allow-headers", "Authorization, DPoP, Content-Type");
      return response.writeHead(204).end();
    }
    const body = await readText(request);
    const call = { method: request.method, path: request.url };
    calls.push(call);
    response.setHeader("dpop-nonce", nonce);
    try {
      Object.assign(call, await check(request));
    } catch (error) {
      if (error.challenge === undefined) throw error;
      Object.assign(call, { status: 401, wrong: error.message });
      response.setHeader("www-authenticate", `DPoP error="${error.challenge}", algs="ES256"`);
      return sendJson(response, 401, { error: error.challenge });
    }
    if (request.url.startsWith("/redirect")) {
      call.status = 307;
      return response.writeHead(307, { location: "/echo" }).end();
    }
    call.status = 200;
    sendJson(response, 200, { method: request.method, body });
  }

  const { url, close } = await listen(serve);
  return { url, calls, control, close };
}

function refusal(challenge, wrong) {
  return Object.assign(new Error(wrong), { challenge });
}
