// An application that finds out on load whether its user is known: the lines of docs/sign-in.md, "Single sign-on across
// applications". How that ended is in `app.ended`.
import "/app/harness.js";

const { app } = globalThis;
async function findOut() {
  await app.opening;
  if (app.failure !== undefined) {
    app.ended = { failure: app.failure };
    return;
  }
  try {
    const back = await app.client.completeSignIn();
    const isUnknown = back === null && app.client.session.status === "signed-out";
    const answer = isUnknown ? await app.client.signIn({ mode: "sso" }) : null;
    app.ended = { back, answer };
  } catch (error) {
    app.ended = { failure: app.describe(error) };
  }
}

findOut();
