/** Which parts of the page are open, and what the schema explorer shows. */
import { signal } from "@preact/signals";

export type Tab = "examples" | "schema" | "history";

export const tab = signal<Tab>("examples");
/** Only where the page is too narrow to show it always. */
export const sidebarOpen = signal(false);

/** Coordinates from the outermost to the shown one: `["Query", "Query.orders"]`; empty for the overview. */
export const explorerPath = signal<readonly string[]>([]);

export function showInExplorer(path: readonly string[]): void {
  explorerPath.value = path;
  tab.value = "schema";
  sidebarOpen.value = true;
}
