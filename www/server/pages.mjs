// The servers' own pages: sign-in, consent, sign-out and errors. Plain forms, no script.

const STYLE = `
:root { color-scheme: light dark; --paper:#f4f1ea; --sheet:#fffdf8; --ink:#17211d; --soft:#56625c; --line:#d8d2c4; --brass:#7f560b; --on-brass:#fffaf0; --bad:#a02b1d; }
@media (prefers-color-scheme: dark) { :root { --paper:#0d1411; --sheet:#141d19; --ink:#e8ece6; --soft:#9fada5; --line:#2a3731; --brass:#dcae55; --on-brass:#1a1406; --bad:#ff9a8a; } }
* { box-sizing: border-box; }
body { margin:0; min-height:100dvh; display:grid; place-items:center; padding:24px 16px; background:var(--paper); color:var(--ink); font:16px/1.5 system-ui,sans-serif; }
main { width:min(100%,400px); background:var(--sheet); border:1px solid var(--line); border-top:4px solid var(--brass); border-radius:6px; padding:32px 28px; }
.who { margin:0 0 20px; color:var(--soft); font-size:14px; }
h1 { margin:0 0 6px; font:600 28px/1.2 ui-serif,Georgia,serif; letter-spacing:-.01em; }
p { margin:0 0 16px; }
label { display:block; margin:16px 0 6px; font-weight:600; font-size:14px; }
input { width:100%; padding:11px 12px; font:inherit; color:inherit; background:var(--paper); border:1px solid var(--line); border-radius:4px; }
button { width:100%; margin-top:24px; padding:12px; font:inherit; font-weight:600; color:var(--on-brass); background:var(--brass); border:1px solid var(--brass); border-radius:4px; cursor:pointer; }
button.quiet { margin-top:10px; color:var(--ink); background:transparent; border-color:var(--line); }
input:focus-visible, button:focus-visible, a:focus-visible { outline:3px solid var(--brass); outline-offset:2px; }
.hint { margin:22px 0 0; padding-top:16px; border-top:1px solid var(--line); color:var(--soft); font-size:14px; }
.alert { padding:10px 12px; border-left:3px solid var(--bad); color:var(--bad); background:var(--paper); font-size:15px; }
code { font:14px ui-monospace,monospace; color:var(--ink); }
ul { margin:0; padding-left:20px; } li { margin:6px 0; }
a { color:var(--brass); }
`;

export function escapeHtml(text) {
  const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return String(text).replace(/[&<>"']/g, (character) => entities[character]);
}

function page(title, content, who = "Authorization server") {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title><link rel="icon" href="data:,"><style>${STYLE}</style></head>
<body><main><p class="who">${who}</p>${content}</main></body>
</html>`;
}

export function loginPage({ action, clientName, user, login = "", failed = false }) {
  return page(
    "Sign in",
    `<h1>Sign in</h1><p>to continue to ${escapeHtml(clientName)}</p>
${loginForm({ action: `${action}/login`, user, login, failed })}
<form method="post" action="${escapeHtml(action)}/abort"><button id="cancel" class="quiet" type="submit">Cancel</button></form>
${hint(user)}`,
  );
}

/** The sign-in page of the application's own back end. */
export function backEndLoginPage({ user, returnTo, failed = false }) {
  const hidden = `<input type="hidden" name="returnTo" value="${escapeHtml(returnTo)}">`;
  return page(
    "Sign in",
    `<h1>Sign in</h1><p>to the demo's own back end, which keeps all tokens</p>
${loginForm({ action: "/bff/sign-in", user, login: "", failed, hidden })}
${hint(user)}`,
    "Back end for the front end",
  );
}

function loginForm({ action, login, failed, hidden = "" }) {
  return `${failed ? '<p class="alert" role="alert">That name and password do not match.</p>' : ""}
<form method="post" action="${escapeHtml(action)}">${hidden}
<label for="login">Name</label>
<input id="login" name="login" value="${escapeHtml(login)}" autocomplete="username" autocapitalize="none" required ${failed ? "" : "autofocus"}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required ${failed ? "autofocus" : ""}>
<button id="sign-in" type="submit">Sign in</button>
</form>`;
}

function hint(user) {
  return `<p class="hint">This is a demo. The user is <code>${escapeHtml(user.login)}</code>, the password <code>${escapeHtml(user.password)}</code>.</p>`;
}

export function consentPage({ action, clientName, scopes }) {
  return page(
    "Allow access",
    `<h1>Allow access?</h1><p>${escapeHtml(clientName)} asks for:</p>
<ul>${scopes.map((scope) => `<li><code>${escapeHtml(scope)}</code></li>`).join("")}</ul>
<form method="post" action="${escapeHtml(action)}/consent"><button id="allow" type="submit">Allow</button></form>
<form method="post" action="${escapeHtml(action)}/abort"><button id="deny" class="quiet" type="submit">Deny</button></form>`,
  );
}

/** `form` is oidc-provider's own form with its anti-forgery field, id "op.logoutForm". */
export function logoutPage(form) {
  return page(
    "Sign out",
    `<h1>Sign out here too?</h1><p>The authorization server still remembers you.</p>${form}
<button id="logout" form="op.logoutForm" type="submit" name="logout" value="yes">Sign out</button>
<button id="stay" class="quiet" form="op.logoutForm" type="submit">Stay signed in</button>`,
  );
}

export function signedOutPage() {
  return page("Signed out", "<h1>Signed out</h1><p>You can close this page.</p>");
}

export function errorPage({ error, error_description: description }) {
  return page(
    "Something went wrong",
    `<h1>Something went wrong</h1><p>${escapeHtml(description ?? "The request could not be completed.")}</p><p><code>${escapeHtml(error)}</code></p>`,
  );
}
