// A Slack that nobody here wrote: emulate's, which tells an app of what happens.
//
// `node slack.js PORT SEED.json` serves; each line on standard input is an address that is told of events.
// emulate 0.12.2 has no setting for that: the dispatcher that it hands to its Slack is asked directly.

import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { createEmulator } from "emulate";

const [port, seed] = [Number(process.argv[2]), JSON.parse(readFileSync(process.argv[3]))];
const dist = new URL("./node_modules/emulate/dist/", import.meta.url);

async function slackOf(folder) {
  for (const name of readdirSync(folder)) {
    if (!name.endsWith(".js") || !readFileSync(new URL(name, folder)).includes("var slackPlugin =")) continue;
    return (await import(new URL(name, folder))).slackPlugin;
  }
  throw new Error("emulate has no Slack");
}

// Slack takes arguments in a query too, and its own SDK puts them there; emulate looks for them in the body.
function isCall(c) {
  return c.req.path.startsWith("/api/") && (c.req.method === "GET" || new URL(c.req.url).search !== "");
}

function posted(app, c) {
  const { pathname, origin, searchParams } = new URL(c.req.url);
  const headers = { Authorization: c.req.header("Authorization") ?? "" };
  return app.fetch(new Request(origin + pathname, { method: "POST", headers, body: searchParams }));
}

const slack = await slackOf(dist);
const register = slack.register;
let dispatcher;
slack.register = (app, store, webhooks, ...more) => {
  dispatcher = webhooks;
  app.use("*", (c, next) => (isCall(c) ? posted(app, c) : next()));
  return register(app, store, webhooks, ...more);
};

const served = await createEmulator({ service: "slack", port, seed });
console.log(served.url);
for await (const url of createInterface({ input: process.stdin })) {
  dispatcher.register({ url, events: ["*"], active: true, owner: "slack" });
  console.log(`tells ${url}`);
}
await served.close();
