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

/** { "page"|"worker"|"shared"|"bare worker": { "1"|"50": { ratio, callsPerSample, msPerSample: { native, measured } } } }, of summaries. */
export async function benchFetchServer() {
  const results = {};
  for (const [atOnce, { callsPerSample, times }] of Object.entries(loads)) {
    const sampleOf = (send) => () => msPerSample(send, Number(atOnce), callsPerSample);
    const worker = bareWorker();
    const compared = await compare(sampleOf, times, { "bare worker": worker.fetch });
    worker.close();
    for (const [name, result] of Object.entries(compared)) {
      results[name] ??= {};
      results[name][atOnce] = { callsPerSample, ...result };
    }
  }
  return results;
}

/** What no library behind a port can do without: a message there, `fetch` with a token, the body in a message back. */
function bareWorker() {
  const script = `onmessage = async ({ data: { id, url } }) => {
    const response = await fetch(url, { headers: { authorization: "Bearer always-valid" } });
    const { status } = response;
    const body = await response.arrayBuffer();
    postMessage({ id, status, body }, [body]);
  };`;
  const worker = new Worker(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
  const waiting = new Map();
  let lastId = 0;
  worker.onmessage = ({ data: { id, status, body } }) => {
    waiting.get(id)(new Response(body, { status }));
    waiting.delete(id);
  };
  const send = (url) =>
    new Promise((resolve) => {
      lastId += 1;
      waiting.set(lastId, resolve);
      worker.postMessage({ id: lastId, url });
    });
  return { fetch: send, close: () => worker.terminate() };
}

/** { "page"|"worker"|"shared": { ratio, msPerSample: { native, measured } } }: a body of `megabytes`, read piece by piece. */
export function benchDownload(megabytes) {
  const sampleOf = (send) => () => downloadMs(send, megabytes * 1e6);
  return compare(sampleOf, { rounds: 7, warmUp: 1 });
}

/** Native `fetch`, a client of each isolation and the others, in turns. */
async function compare(sampleOf, times, others = {}) {
  const tokens = { access_token: "always-valid", token_type: "Bearer", expires_in: 3600 };
  const native = (input) => fetch(input, { headers: { authorization: "Bearer always-valid" } });
  const contestants = { native: sampleOf(native) };
  const clients = [];
  for (const isolation of isolations) {
    const ours = await strongroom({ resource: `${location.origin}/`, tokens, isolation });
    clients.push(ours);
    contestants[isolation] = sampleOf(ours.fetch);
  }
  for (const [name, send] of Object.entries(others)) contestants[name] = sampleOf(send);
  const { native: bases, ...rest } = await interleave(contestants, times);
  for (const { close } of clients) close();
  return Object.fromEntries(
    Object.entries(rest).map(([name, samples]) => [
      name,
      {
        ratio: summary(pairwise(samples, bases, (value, base) => value / base)),
        msPerSample: { native: summary(bases), measured: summary(samples) },
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
