// Drives a simulated Call Automation with the official JavaScript library and checks all that comes back.
//
//     flowctl sim --certificate sim.pem --speed 50 --client-secret test
//     export NODE_EXTRA_CA_CERTS=sim.pem
//     node drive.mjs 'endpoint=http://127.0.0.1:8081/;accesskey=BASE64' [part of a check's name]
//
// One line for each check, one for each request and each kind of event, and a last one with the sums; the status is 1
// if a check has failed. A new operation is an exported function in one of the modules of `checks`.

import { Failed, Stage, heard, sent } from "./stage.mjs";

const MODULES = ["calls", "keys", "media", "people", "recognitions", "recordings", "refusals", "streams", "transfers"];

/** What went wrong, or nothing. */
async function run(stage, check) {
  try {
    await check(stage);
    return undefined;
  } catch (error) {
    const lines = String(error.stack).split("\n");
    const at = lines.find((line) => line.includes("/checks/"))?.trim() ?? "";
    return error instanceof Failed ? `${error.message} (${at})` : lines.map((line) => line.trim()).join(" | ");
  }
}

const [connectionString, wanted = ""] = process.argv.slice(2);
if (!connectionString) {
  console.error("usage: node drive.mjs 'endpoint=http://127.0.0.1:8081/;accesskey=BASE64' [part of a check's name]");
  process.exit(2);
}
const stage = await Stage.open(connectionString);
let [passed, failed] = [0, 0];
for (const module of MODULES) {
  for (const [name, check] of Object.entries(await import(`./checks/${module}.mjs`))) {
    if (!name.includes(wanted)) continue;
    const why = await run(stage, check);
    why === undefined ? passed++ : failed++;
    console.log(why === undefined ? `ok ${name}` : `FAILED ${name}: ${why}`);
  }
}
for (const line of [...sent].sort()) console.log(`sent ${line}`);
for (const kind of [...heard].sort()) console.log(`heard ${kind}`);
console.log(`${passed} passed, ${failed} failed`);
stage.close();
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
