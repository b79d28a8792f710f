// Many tabs of one browser that share a vault and call at once on an expired token. Runs beside the browser and drives the tabs.

/**
 * { tokenRequests, failed, firstFailure?, seconds }. `context`: of Playwright, with nothing in it yet. `control`: asks the
 * bench's server, which answers token requests only when the calls of all tabs are begun.
 */
export async function benchTabs(context, { url, control }, { tabs, callsPerTab }) {
  const pages = [];
  for (let number = 0; number < tabs; number++) {
    const page = await context.newPage();
    await page.goto(url);
    await page.waitForFunction(() => globalThis.bench !== undefined);
    pages.push(page);
  }
  const { tokens, refreshRequests: before } = await control("begin");
  for (const [number, page] of pages.entries()) {
    const given = number === 0 ? tokens : null;
    const status = await page.evaluate((theirs) => globalThis.bench.openTab(theirs), given);
    if (status === "signed-out") throw new Error(`tab ${number} has no session`);
  }
  const startedAt = performance.now();
  await Promise.all(
    pages.map((page) => page.evaluate((calls) => globalThis.bench.beginTab(calls), callsPerTab)),
  );
  await control("release");
  const failures = (
    await Promise.all(pages.map((page) => page.evaluate(() => globalThis.bench.endTab())))
  ).flat();
  const seconds = (performance.now() - startedAt) / 1000;
  const { refreshRequests } = await control("stats");
  return {
    tokenRequests: refreshRequests - before,
    failed: failures.length,
    firstFailure: failures[0],
    seconds,
  };
}
