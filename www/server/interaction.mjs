// The sign-in and consent steps, on pages of our own: /interaction/:uid and the forms beneath it.
import { readText } from "./loopback.mjs";
import { consentPage, errorPage, loginPage } from "./pages.mjs";
import { RESOURCE_SCOPE, STRONG_ACR } from "./provider-configuration.mjs";

export function interactionRoutes(provider, policy) {
  const { user } = policy;

  async function show(response, details, extra = {}) {
    const client = await provider.Client.find(details.params.client_id);
    const page = { action: `/interaction/${details.uid}`, clientName: client.clientName, user, ...extra };
    const scopes = details.params.scope?.split(" ") ?? [];
    sendPage(
      response,
      200,
      details.prompt.name === "login" ? loginPage(page) : consentPage({ ...page, scopes }),
    );
  }

  const steps = {
    async login(request, response, details) {
      const form = new URLSearchParams(await readText(request));
      const login = form.get("login") ?? "";
      if (login.trim().toLowerCase() !== user.login || form.get("password") !== user.password) {
        return show(response, details, { login, failed: true });
      }
      const isStrong = details.params.acr_values?.split(" ").includes(STRONG_ACR);
      const result = { accountId: user.sub, ...(isStrong && { acr: STRONG_ACR }) };
      await provider.interactionFinished(request, response, { login: result });
    },

    async consent(request, response, details) {
      const { session, params, prompt } = details;
      const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
      grant.addOIDCScope((prompt.details.missingOIDCScope ?? params.scope.split(" ")).join(" "));
      grant.addResourceScope(policy.audience, RESOURCE_SCOPE);
      const result = { consent: { grantId: await grant.save() } };
      await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
    },

    async abort(request, response) {
      const result = { error: "access_denied", error_description: "The user cancelled." };
      await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
    },
  };

  return async function serveInteraction(request, response) {
    let details;
    try {
      details = await provider.interactionDetails(request, response);
    } catch {
      const expired = {
        error: "session_not_found",
        error_description: "This sign-in has expired. Start again.",
      };
      return sendPage(response, 400, errorPage(expired));
    }
    const step = steps[request.url.split("/")[3]];
    if (request.method === "POST" && step !== undefined) return step(request, response, details);
    return show(response, details);
  };
}

function sendPage(response, status, html) {
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy":
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
  });
  response.end(html);
}
