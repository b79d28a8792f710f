// The figures as tables for a person.

const format = (value) =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
const spread = ({ median, low, high }) => `${format(median)} (${format(low)} – ${format(high)})`;

function table(title, columns, rows) {
  const lines = [["", ...columns], ...rows];
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  console.log(`\n${title}`);
  for (const line of lines) {
    const cells = line.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]),
    );
    console.log(`  ${cells.join("   ")}`.trimEnd());
  }
}

const scaled = (summary, divisor) =>
  Object.fromEntries(Object.entries(summary).map(([name, value]) => [name, value / divisor]));

function stormTable(title, storm) {
  table(
    title,
    ["token requests", "failed calls", "seconds", "first failure"],
    Object.entries(storm).map(([name, { tokenRequests, failed, firstFailure, seconds }]) => [
      name,
      String(tokenRequests),
      String(failed),
      seconds.toFixed(1),
      firstFailure ?? "",
    ]),
  );
}

/** `results`: what the page's parts gave, each optional, as scripts/bench.mjs collects them. */
export function printReport({ browser, decode, fetchStub, dpop, fetchServer, download, storm, tabs, start }) {
  console.log(`${browser}; median (the middle half of the samples)`);
  if (decode) {
    const libraries = Object.keys(Object.values(decode)[0].nsPerCall);
    table(
      "decodeJwt: ns per call",
      [...libraries, "strongroom / jose"],
      Object.entries(decode).map(([payload, { bytes, nsPerCall, ratioToJose }]) => [
        `${payload} (${bytes} bytes)`,
        ...libraries.map((name) => spread(nsPerCall[name])),
        spread(ratioToJose),
      ]),
    );
  }
  for (const [shape, { usPerCall, ratio }] of Object.entries(fetchStub ?? {})) {
    const call = shape === "plain" ? "fetch(url)" : "fetch(url, { headers })";
    const { raw, ...libraries } = usPerCall;
    table(
      `fetch with a stub, ${call}: µs per call over the bare stub's ${spread(raw)}`,
      ["µs", "ratio to hand-written"],
      Object.keys(libraries).map((name) => [name, spread(libraries[name]), spread(ratio[name])]),
    );
  }
  if (dpop) {
    table(
      "a call with a DPoP proof, fetch stubbed: µs, beside one bare crypto.subtle.sign",
      ["µs"],
      [
        ...Object.entries(dpop.usPerCall).map(([name, us]) => [name, spread(us)]),
        ["strongroom / sign", spread(dpop.ratio)],
        ["strongroom / hand-written", spread(dpop.ratioToHandWritten)],
      ],
    );
  }
  if (fetchServer) {
    table(
      "fetch with a server on loopback: ms per call",
      ["ratio to native", "native ms", "its ms"],
      Object.entries(fetchServer).flatMap(([isolation, loads]) =>
        Object.entries(loads).map(([atOnce, { ratio, callsPerSample, msPerSample }]) => [
          `${isolation}, ${atOnce} at once`,
          spread(ratio),
          spread(scaled(msPerSample.native, callsPerSample)),
          spread(scaled(msPerSample.measured, callsPerSample)),
        ]),
      ),
    );
  }
  if (download) {
    table(
      "50 MB from a server on loopback: ms",
      ["ratio to native", "native ms", "its ms"],
      Object.entries(download).map(([isolation, { ratio, msPerSample }]) => [
        isolation,
        spread(ratio),
        spread(msPerSample.native),
        spread(msPerSample.measured),
      ]),
    );
  }
  if (storm) stormTable("10,000 calls at once on an expired token", storm);
  if (tabs) stormTable("20 tabs with 20 calls each, at once on an expired token", { strongroom: tabs });
  if (start) {
    table(
      "script time of a page until its client is ready, cold: ms",
      ["ms"],
      Object.entries(start).map(([name, milliseconds]) => [name, spread(milliseconds)]),
    );
  }
}
