/** Before the tests: says once, on the terminal, which of them are skipped on this machine and what would run them. */
import { chromiumPath } from "./chromium.ts";
import { nats, postgres, redis } from "./services.ts";

export default async function tellMissingServices(): Promise<void> {
  const { missing } = await postgres();
  if (missing !== undefined) tell(`${missing}: the tests on it are skipped. Start one, or set DATABASE_URL.`);
  const { missing: missingRedis } = await redis();
  if (missingRedis !== undefined) tell(`${missingRedis}: the tests on it are skipped. Start one, or set REDIS_URL.`);
  const { missing: missingNats } = await nats();
  if (missingNats !== undefined) tell(`${missingNats}: the tests on it are skipped. Start one, or set NATS_URL.`);
  if (chromiumPath === undefined) tell("There is no Chromium: the console's tests are skipped. Set CHROMIUM_PATH.");
}

function tell(message: string): void {
  process.stderr.write(`\n${message}\n`);
}
