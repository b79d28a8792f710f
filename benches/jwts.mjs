// The tokens that the decode bench reads: 16 of each size, of one issuer and key, as an application meets them.

const encoder = new TextEncoder();
const header = { alg: "RS256", typ: "JWT", kid: "b1946ac92492d2347c6235b4d2611184" };
const copies = 16;

function base64url(bytes) {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function jwt(claims) {
  const signature = Uint8Array.from({ length: 256 }, (_, at) => (at * 37 + 11) & 255);
  const parts = [encoder.encode(JSON.stringify(header)), encoder.encode(JSON.stringify(claims)), signature];
  return parts.map(base64url).join(".");
}

const standard = (number) => ({
  iss: "https://id.example/realms/shop",
  sub: `6f1d7a52-0b9c-4e43-9d2f-${String(number).padStart(12, "0")}`,
  aud: "spa",
  exp: 1_790_000_300 + number,
  iat: 1_790_000_000 + number,
  nonce: `n-0S6_WzA2Mj${number}`,
  email: `ada.${number}@shop.example`,
  email_verified: true,
  preferred_username: `ada.${number}`,
});

const roles = (many) => Array.from({ length: many }, (_, at) => `department-${at}:orders:read-write`);

const latin = { name: "Ada Lovelace", given_name: "Ada", family_name: "Lovelace", locale: "en-GB" };

const unicode = {
  name: "Åsa Öberg-Łukasiewicz 山田 花子",
  given_name: "Ψυχή Анна-Мария",
  address: { locality: "Zürich", street_address: "Straße des 17. Juni 135", region: "東京都 千代田区" },
  greeting: "नमस्ते, שלום, مرحبا, 안녕하세요 👋🏽🇺🇳",
  notes: Array.from({ length: 8 }, (_, at) => `${at}: Пятьсот заказов — 五百件の注文 🚚`),
};

const claimsOf = {
  "300B": (number) => standard(number),
  "1KB": (number) => ({ ...standard(number), ...latin, scope: "openid profile email", roles: roles(18) }),
  unicode: (number) => ({ ...standard(number), ...unicode }),
  "8KB": (number) => ({ ...standard(number), ...latin, groups: roles(220) }),
};

export const payloads = Object.keys(claimsOf);

/** 16 tokens of one of the `payloads`, and how many bytes their JSON has. */
export function tokensOf(payload) {
  const claims = Array.from({ length: copies }, (_, number) => claimsOf[payload](number));
  return { tokens: claims.map(jwt), bytes: encoder.encode(JSON.stringify(claims[0])).length };
}
