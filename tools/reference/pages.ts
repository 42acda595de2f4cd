import { commandPage } from "./command.ts";
import { configurationPage } from "./configuration.ts";
import { directivesPage } from "./directives.ts";
import { errorsPage } from "./errors.ts";
import { manifestPage } from "./manifest.ts";
import { metricsPage } from "./metrics.ts";
import type { Page } from "./page.ts";

/** The reference, in the order of its names. */
export async function referencePages(): Promise<readonly Page[]> {
  return [commandPage(), configurationPage(), directivesPage(), errorsPage(), manifestPage(), await metricsPage()];
}
