// Time per decode of a JWT.
import { decodeJwt as joseDecodeJwt } from "jose";
import { jwtDecode } from "jwt-decode";
import { decodeJwt } from "strongroom";
import { payloads, tokensOf } from "./jwts.mjs";
import { interleave, pairwise, summary } from "./measure.mjs";

const decoders = { strongroom: decodeJwt, jose: joseDecodeJwt, "jwt-decode": jwtDecode };
const callsPerSample = { "300B": 3200, "1KB": 1600, unicode: 1600, "8KB": 480 };
/** It takes ten times as long and more, so that fewer calls are as good a sample. */
const callsPerSampleOfJwtDecode = { "300B": 320, "1KB": 160, unicode: 160, "8KB": 32 };

/** { payload: { bytes, nsPerCall: { library: summary }, ratioToJose: summary } } */
export async function benchDecode() {
  const results = {};
  for (const payload of payloads) {
    const { tokens, bytes } = tokensOf(payload);
    const expected = JSON.stringify(joseDecodeJwt(tokens[0]));
    for (const [name, decode] of Object.entries(decoders)) {
      if (JSON.stringify(decode(tokens[0])) !== expected) throw new Error(`${name} reads other claims`);
    }
    const callsOf = (name) => (name === "jwt-decode" ? callsPerSampleOfJwtDecode : callsPerSample)[payload];
    const contestants = Object.fromEntries(
      Object.entries(decoders).map(([name, decode]) => [
        name,
        () => nsPerCall(decode, tokens, callsOf(name)),
      ]),
    );
    const samples = await interleave(contestants, { rounds: 25, warmUp: 5 });
    results[payload] = {
      bytes,
      nsPerCall: Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, summary(values)])),
      ratioToJose: summary(pairwise(samples.strongroom, samples.jose, (ours, jose) => ours / jose)),
    };
  }
  return results;
}

function nsPerCall(decode, tokens, calls) {
  let exp = 0;
  const startedAt = performance.now();
  for (let call = 0; call < calls; call++) exp += decode(tokens[call % tokens.length]).exp;
  const nanoseconds = (performance.now() - startedAt) * 1e6;
  if (!(exp > 0)) throw new Error("no claims were read");
  return nanoseconds / calls;
}
