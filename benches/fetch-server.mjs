// Calls to a real server on loopback, against native `fetch` with the same header.
import { strongroom } from "./contestants.mjs";
import { interleave, pairwise, summary } from "./measure.mjs";

const url = `${location.origin}/api/orders`;
/** How many calls are in flight, and how many make a sample. */
const loads = { 1: 40, 50: 200 };

/** { "1": { ratio: summary, msPerSample: { native, strongroom } }, "50": … } */
export async function benchFetchServer() {
  const tokens = { access_token: "always-valid", token_type: "Bearer", expires_in: 3600 };
  const ours = await strongroom({ resource: `${location.origin}/`, tokens });
  const native = (input) => fetch(input, { headers: { authorization: "Bearer always-valid" } });
  const results = {};
  for (const [atOnce, calls] of Object.entries(loads)) {
    const contestants = {
      native: () => msPerSample(native, Number(atOnce), calls),
      strongroom: () => msPerSample(ours.fetch, Number(atOnce), calls),
    };
    const samples = await interleave(contestants, { rounds: 20, warmUp: 3 });
    results[atOnce] = {
      ratio: summary(pairwise(samples.strongroom, samples.native, (value, base) => value / base)),
      msPerSample: { native: summary(samples.native), strongroom: summary(samples.strongroom) },
    };
  }
  ours.close();
  return results;
}

async function msPerSample(send, atOnce, calls) {
  let begun = 0;
  const worker = async () => {
    while (begun++ < calls) {
      const response = await send(url);
      if (response.status !== 200) throw new Error(`the API answered ${response.status}`);
      await response.text();
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: atOnce }, worker));
  return performance.now() - startedAt;
}
