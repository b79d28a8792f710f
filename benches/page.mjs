// The bench's page: the script that drives the browser calls `bench[name]()` for each part.
import { benchDecode } from "./decode.mjs";
import { benchFetchServer } from "./fetch-server.mjs";
import { benchFetchStub } from "./fetch-stub.mjs";
import { benchStorm } from "./storm.mjs";

globalThis.bench = {
  decode: benchDecode,
  fetchStub: benchFetchStub,
  fetchServer: benchFetchServer,
  storm: benchStorm,
};
