// The application: its tag is the page's last, so every script of the attacker's has run before it.
import { createClient } from "/pkg/index.js";

window.createClient = createClient;
window.clientOptions = JSON.parse(document.querySelector("#options").textContent);
createClient(window.clientOptions).then(
  (client) => {
    window.client = client;
    window.isReady = true;
  },
  (error) => {
    window.failure = `${error?.code}: ${error?.message}`;
  },
);
