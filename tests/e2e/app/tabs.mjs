// A second tab of the same browser.
//
//   await inSecondTab(page, async ({ inFirst, inSecond }) => { … await inFirst(() => page.run(…)); … });

/** Opens an empty tab, which `page` drives until told otherwise, and closes it at the end. */
export async function inSecondTab({ driver }, body) {
  const first = await driver.getWindowHandle();
  const inTab = (handle) => async (action) => {
    await driver.switchTo().window(handle);
    return action();
  };
  await driver.switchTo().newWindow("tab");
  const inSecond = inTab(await driver.getWindowHandle());
  try {
    await body({ inFirst: inTab(first), inSecond });
  } finally {
    await inSecond(() => driver.close());
    await driver.switchTo().window(first);
  }
}
