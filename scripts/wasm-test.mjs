// @ts-check
// Runs tests/browser.rs (wasm-bindgen-test) in each of the three browsers and counts per browser.
//
//   node scripts/wasm-test.mjs [chromium|firefox|webkit …]
//
// wasm-bindgen's runner only serves the tests' page here: tests/e2e/browsers.mjs drives the browsers, because the
// runner itself knows no WebKitGTK, and so all three are started in one way.
import { join } from "node:path";
import { browserNames, launch } from "../tests/e2e/browsers.mjs";
import { run, start, toolsFolder } from "./command.mjs";

const target = "wasm32-unknown-unknown";
const serverStartTimeoutMs = 60_000;
const testsTimeoutMs = 300_000;

/** Compiles the tests; returns the wasm file. */
async function compileTests() {
  const args = ["test", "--quiet", "--target", target, "--test", "browser", "--no-run"];
  const { code, stdout, output } = await run("cargo", [...args, "--message-format=json-render-diagnostics"], {
    timeoutMs: 15 * 60_000,
  });
  if (code !== 0) throw new Error(output.replaceAll(/^\{.*\n/gm, "")); // without the messages for machines
  for (const line of stdout.split("\n").filter((text) => text.startsWith("{"))) {
    const { reason, target: built, executable } = JSON.parse(line);
    if (reason === "compiler-artifact" && built.name === "browser" && executable) return executable;
  }
  throw new Error("cargo test --no-run named no wasm file of the test `browser`");
}

/**
 * Serves the tests' page.
 * @param {string} wasm
 * @returns {Promise<string>} the address
 */
function serveTests(wasm) {
  const child = start(join(toolsFolder, "bin/wasm-bindgen-test-runner"), [wasm], {
    env: { NO_HEADLESS: "1", WASM_BINDGEN_TEST_ONLY_WEB: "1", WASM_BINDGEN_TEST_ADDRESS: "127.0.0.1:0" },
  });
  return new Promise((resolve, reject) => {
    let said = "";
    /** @param {string} why */
    const fail = (why) => reject(new Error(`wasm-bindgen-test-runner ${why}:\n${said}`));
    const timer = setTimeout(
      fail,
      serverStartTimeoutMs,
      `serves nothing after ${serverStartTimeoutMs / 1000} s`,
    );
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text) => {
        said += text;
        const [, address] = said.match(/available at (http:\/\/127\.0\.0\.1:\d+)\s/) ?? [];
        if (address === undefined) return;
        clearTimeout(timer);
        resolve(address);
      });
    }
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code) => fail(`ended with code ${code}`));
  });
}

/**
 * Lets one browser run the tests.
 * @param {string} name
 * @param {string} address
 * @returns {Promise<{passed: number, failed: number, skipped: number, output: string}>}
 */
async function testIn(name, address) {
  const { driver, close } = await launch(/** @type {"chromium"} */ (name));
  try {
    await driver.get(address);
    const deadline = performance.now() + testsTimeoutMs;
    let output = "";
    while (performance.now() < deadline) {
      output = await driver.executeScript("return document.getElementById('output').textContent");
      const [, passed, failed, skipped] =
        output.match(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;/m) ?? [];
      if (passed !== undefined) {
        return { passed: Number(passed), failed: Number(failed), skipped: Number(skipped), output };
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return {
      passed: 0,
      failed: 1,
      skipped: 0,
      output: `${output}\nno result after ${testsTimeoutMs / 1000} s`,
    };
  } finally {
    await close();
  }
}

const total = { passed: 0, failed: 0, skipped: 0 };
const asked = process.argv.slice(2);
try {
  const address = await serveTests(await compileTests());
  for (const name of asked.length > 0 ? asked : browserNames) {
    const { passed, failed, skipped, output } = await testIn(name, address);
    const none = passed + failed === 0 ? 1 : 0;
    console.log(
      `${name}: ${passed} passed, ${failed} failed, ${skipped} ignored${none ? ": NO TEST RAN" : ""}`,
    );
    if (failed + none > 0) console.log(output);
    total.passed += passed;
    total.failed += failed + none;
    total.skipped += skipped;
  }
} catch (error) {
  console.log(/** @type {Error} */ (error).message);
  total.failed += 1;
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed > 0 ? 1 : 0); // ends the server too
