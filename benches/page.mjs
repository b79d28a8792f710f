// The parts that run in the page, by their names: the script that drives the browser calls `bench[name]()`.
import { benchDecode } from "./decode.mjs";
import { benchFetchServer } from "./fetch-server.mjs";
import { benchFetchStub } from "./fetch-stub.mjs";
import { benchStorm } from "./storm.mjs";

export const bench = {
  decode: benchDecode,
  fetchStub: benchFetchStub,
  fetchServer: benchFetchServer,
  storm: benchStorm,
};
