// The parts that run in the page, by their names: the script that drives the browser calls `bench[name]()`. A page that nobody
// drives finds its part in its address, and tells the server how it went.
import { benchDecode } from "./decode.mjs";
import { benchDpop } from "./dpop.mjs";
import { benchDownload, benchFetchServer } from "./fetch-server.mjs";
import { benchFetchStub } from "./fetch-stub.mjs";
import { beginTab, benchStorm, endTab, openTab } from "./storm.mjs";

export const bench = {
  decode: benchDecode,
  fetchStub: benchFetchStub,
  dpop: benchDpop,
  fetchServer: benchFetchServer,
  download: benchDownload,
  storm: benchStorm,
  openTab,
  beginTab,
  endTab,
};

const { job, part, args } = Object.fromEntries(new URLSearchParams(location.search));
if (job !== undefined) {
  const nativeFetch = fetch;
  const tell = (outcome) =>
    nativeFetch(`/control/outcome?job=${job}`, { method: "POST", body: JSON.stringify(outcome) });
  Promise.resolve(part)
    .then((name) => bench[name](...JSON.parse(args)))
    .then(
      (value) => tell({ value }),
      (error) => tell({ error: String(error) }),
    );
}
