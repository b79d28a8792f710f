// The demo's own back end, as `createClient` is told of it, in each of its shapes.

/** @param {string} url the back end's */
export const backEndProviders = (url) => {
  const response = {
    accessToken: "data.accessToken",
    expiresIn: "data.expiresIn",
    claims: "user",
    subject: "user.id",
  };
  const credentials = { username: "{username}", password: "{password}" };
  const mediated = { navigate: `${url}/bff/sign-in` };
  const headers = { "X-CSRF": "1" };
  return {
    json: {
      type: "json",
      signIn: { url: `${url}/json/sign-in`, json: credentials },
      refresh: { url: `${url}/json/refresh`, json: { refreshToken: "{refreshToken}" } },
      signOut: { url: `${url}/json/sign-out`, json: { refreshToken: "{refreshToken}" } },
      response: { ...response, refreshToken: "data.refreshToken" },
    },
    cookie: {
      type: "json",
      refreshToken: "cookie",
      signIn: { url: `${url}/cookie/sign-in`, json: credentials, credentials: "include" },
      refresh: { url: `${url}/cookie/refresh` },
      signOut: { url: `${url}/cookie/sign-out` },
      response,
    },
    bff: {
      type: "bff",
      session: `${url}/bff/session`,
      signIn: mediated,
      signOut: { url: `${url}/bff/sign-out` },
      userInfo: `${url}/bff/user`,
    },
    mediating: {
      type: "json",
      refreshToken: "cookie",
      headers,
      signIn: mediated,
      refresh: { url: `${url}/mediating/token` },
      signOut: { url: `${url}/bff/sign-out` },
    },
  };
};
