/** The browser of the console's tests: CHROMIUM_PATH, or where systems put it. */
import { existsSync } from "node:fs";

/** Undefined when there is none, which skips the tests; with DATAMESH_REQUIRE_SERVICES=1 they fail instead. */
export const chromiumPath: string | undefined = [
  process.env.CHROMIUM_PATH,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
]
  .filter((path) => path !== undefined)
  .find((path) => existsSync(path));
