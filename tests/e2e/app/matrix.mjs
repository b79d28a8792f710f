// Where the behavioural tests run: in each browser, and there in each home that a session may have.
//
//   inEachHome((place) => { before(…); test(…); });     place: { browserName, isolation, browser }
//
// A browser is launched once for a file and reused over the isolations, because that takes seconds. It is there as
// `place.browser` as soon as hooks and tests run.
import { after, before, describe } from "node:test";
import { browserNames, launch } from "../browsers.mjs";

/** As `createClient` takes them. */
export const isolations = ["page", "worker", "shared"];

/** For all tests of a file in one browser. */
const timeoutMs = 400_000;

/** Whether the vault outlives a navigation of its only page, with a session or a pending sign-in in it. */
export const outlivesPages = ({ browserName, isolation }) =>
  isolation === "shared" && browserName === "chromium";

/** @param {(place: {browserName: string, browser: object}) => void} define registers hooks and tests */
export function inEachBrowser(define) {
  for (const browserName of browserNames) {
    describe(`in ${browserName}`, { timeout: timeoutMs }, () => {
      const place = { browserName, browser: undefined };
      before(async () => {
        place.browser = await launch(browserName);
      });
      after(() => place.browser?.close());
      define(place);
    });
  }
}

/** @param {(place: {browserName: string, isolation: string, browser: object}) => void} define */
export function inEachHome(define) {
  inEachBrowser((place) => {
    for (const isolation of isolations) {
      describe(`in ${isolation} isolation`, () => {
        // The browser is not there yet.
        define({
          isolation,
          browserName: place.browserName,
          get browser() {
            return place.browser;
          },
        });
      });
    }
  });
}
