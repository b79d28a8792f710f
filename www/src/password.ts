// The form for name and password, where the application itself asks for them.
import { byId } from "./markup";
import type { Client } from "./session";

/** Calls back with what went wrong; nothing if the user is signed in. */
export function wirePassword(client: Client, told: (error: unknown) => void): void {
  const form = byId<HTMLFormElement>("password-form");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const fields = new FormData(form);
    const [username, password] = ["username", "password"].map((name) => String(fields.get(name)));
    const button = byId<HTMLButtonElement>("password-sign-in");
    if (button.ariaBusy === "true") return;
    button.ariaBusy = "true";
    try {
      await client.signIn({ credentials: { username: username ?? "", password: password ?? "" } });
      form.reset();
      told(undefined);
    } catch (error) {
      told(error);
    } finally {
      button.ariaBusy = "false";
    }
  });
}
