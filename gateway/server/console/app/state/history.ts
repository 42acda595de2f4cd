/** The last operations of this browser: text and outcome, never an answer and never a token. */
import { signal } from "@preact/signals";
import type { SharedOperation } from "./link.ts";

export interface PastRun extends SharedOperation {
  readonly status: number;
  readonly durationMs: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

const key = "datamesh.history";
const maxEntries = 50;

export const history = signal<readonly PastRun[]>(load());

/** The newest comes first; the same operation again replaces its older entry. */
export function remember(entry: PastRun): void {
  const others = history.value.filter(({ query, variables }) => query !== entry.query || variables !== entry.variables);
  save([entry, ...others].slice(0, maxEntries));
}

export function clearHistory(): void {
  save([]);
}

function save(entries: readonly PastRun[]): void {
  history.value = entries;
  try {
    localStorage.setItem(key, JSON.stringify(entries));
  } catch {
    // Storage may be full or forbidden; the history then lasts as long as the page.
  }
}

function load(): readonly PastRun[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(stored) ? stored.filter(isPastRun) : [];
  } catch {
    return [];
  }
}

function isPastRun(value: unknown): value is PastRun {
  if (typeof value !== "object" || value === null) return false;
  const has = (name: keyof PastRun, type: string): boolean => typeof Reflect.get(value, name) === type;
  return (
    has("query", "string") &&
    has("variables", "string") &&
    has("status", "number") &&
    has("durationMs", "number") &&
    has("at", "number")
  );
}
