// @ts-check
// Takes the next token out of an API's answer, so that nobody else sees it there.

/** Answers that have no body. */
const BODILESS = [101, 103, 204, 205, 304];

/**
 * The same answer without a header.
 * @param {Response} answer
 * @param {string} name
 */
export function without(answer, name) {
  const { body, headers, redirected, status, statusText, type, url } = answer;
  const kept = new Headers(headers);
  kept.delete(name);
  const told = { redirected, type, url };
  return tell(
    new Response(BODILESS.includes(status) ? null : body, { headers: kept, status, statusText }),
    told,
  );
}

/**
 * What a response made by hand would not say of itself, nor its copies.
 * @param {Response} response
 * @param {Record<string, unknown>} told
 */
function tell(response, told) {
  for (const [name, value] of Object.entries(told)) Object.defineProperty(response, name, { value });
  const { clone } = response;
  return Object.defineProperty(response, "clone", { value: () => tell(clone.call(response), told) });
}
