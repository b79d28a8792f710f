// Calls to a real server on loopback, against native `fetch` with the same header: small ones, and one large download.
import { isolations, strongroom } from "./contestants.mjs";
import { interleave, pairwise, summary } from "./measure.mjs";

const url = `${location.origin}/api/orders`;
const downloadUrl = `${location.origin}/api/download`;
/** How many calls are in flight: how many make a sample, and the rounds. Short samples, so that a mood of the machine hits all. */
const loads = {
  1: { callsPerSample: 4, times: { rounds: 250, warmUp: 30 } },
  50: { callsPerSample: 200, times: { rounds: 30, warmUp: 3 } },
};

/** { "page"|"worker"|"shared": { "1"|"50": { ratio, callsPerSample, msPerSample: { native, strongroom } } } }, of summaries. */
export async function benchFetchServer() {
  const results = Object.fromEntries(isolations.map((isolation) => [isolation, {}]));
  for (const [atOnce, { callsPerSample, times }] of Object.entries(loads)) {
    const sampleOf = (send) => () => msPerSample(send, Number(atOnce), callsPerSample);
    const compared = await compare(sampleOf, times);
    for (const [isolation, result] of Object.entries(compared)) {
      results[isolation][atOnce] = { callsPerSample, ...result };
    }
  }
  return results;
}

/** { "page"|"worker"|"shared": { ratio, msPerSample: { native, strongroom } } }: a body of `megabytes`, read piece by piece. */
export function benchDownload(megabytes) {
  const sampleOf = (send) => () => downloadMs(send, megabytes * 1e6);
  return compare(sampleOf, { rounds: 7, warmUp: 1 });
}

/** Native `fetch` and a client of each isolation, in turns. */
async function compare(sampleOf, times) {
  const tokens = { access_token: "always-valid", token_type: "Bearer", expires_in: 3600 };
  const native = (input) => fetch(input, { headers: { authorization: "Bearer always-valid" } });
  const contestants = { native: sampleOf(native) };
  const clients = [];
  for (const isolation of isolations) {
    const ours = await strongroom({ resource: `${location.origin}/`, tokens, isolation });
    clients.push(ours);
    contestants[isolation] = sampleOf(ours.fetch);
  }
  const samples = await interleave(contestants, times);
  for (const { close } of clients) close();
  const ratioOf = (isolation) =>
    summary(pairwise(samples[isolation], samples.native, (value, base) => value / base));
  return Object.fromEntries(
    isolations.map((isolation) => [
      isolation,
      {
        ratio: ratioOf(isolation),
        msPerSample: { native: summary(samples.native), strongroom: summary(samples[isolation]) },
      },
    ]),
  );
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

async function downloadMs(send, bytes) {
  const startedAt = performance.now();
  const { body } = await send(`${downloadUrl}?bytes=${bytes}`);
  const reader = body.getReader();
  let read = 0;
  for (let step = await reader.read(); !step.done; step = await reader.read()) read += step.value.byteLength;
  if (read !== bytes) throw new Error(`the download has ${read} bytes of ${bytes}`);
  return performance.now() - startedAt;
}
