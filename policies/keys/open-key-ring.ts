/** The key ring of a process: from a file or the environment, read again while the process runs. */
import { unwatchFile, watchFile } from "node:fs";
import { readKeyFile } from "./key-file.ts";
import { createKeyRing, type KeyRing } from "./key-ring.ts";
import { type MasterKey, parseMasterKeys } from "./master-keys.ts";

export interface KeySourceOptions {
  /** Absolute. */
  readonly file: string;
  /** The document itself, from the environment; it takes the place of the file. */
  readonly text?: string | undefined;
  /** Called once for each different problem: why there are no keys, or why new ones are not used. */
  readonly onProblem: (message: string) => void;
  /** How often the file is looked at; default 2 seconds. */
  readonly everyMs?: number | undefined;
}

export interface OpenKeyRing extends KeyRing {
  /** Reads the file now; who rotated a key in this process need not wait. */
  reread(): void;
  close(): void;
}

/**
 * Never throws: without keys the ring is empty, and what needs a key hides everything. A file that cannot be used once
 * the ring has keys leaves it as it is. A watched file does not keep the process alive.
 */
export function openKeyRing({ file, text, onProblem, everyMs = 2_000 }: KeySourceOptions): OpenKeyRing {
  const ring = createKeyRing([]);
  let told: string | undefined;
  const tell = (message: string): void => {
    if (message === told) return;
    told = message;
    onProblem(message);
  };

  const take = (read: readonly MasterKey[] | { readonly problem: string }, place: string): void => {
    if ("problem" in read) {
      const meanwhile = ring.ids.length === 0 ? "There are no keys: masks that need one redact." : "The ring stays.";
      tell(`The key ring ${place} is not used: ${read.problem}. ${meanwhile}`);
    } else if (read.length === 0 && ring.ids.length > 0) {
      tell(`The key ring ${place} is empty or gone. The keys that were read stay until the process ends.`);
    } else {
      told = undefined;
      ring.replace(read);
    }
  };

  const reread = (): void => {
    if (text === undefined) take(readKeyFile(file), file);
  };
  if (text === undefined) {
    reread();
    // Polling sees a file that is replaced by a rename, on every file system.
    watchFile(file, { interval: everyMs, persistent: false }, reread);
  } else {
    take(parseMasterKeys(text), "in the environment");
  }

  return {
    get generation() {
      return ring.generation;
    },
    get ids() {
      return ring.ids;
    },
    current: ring.current,
    byId: ring.byId,
    reread,
    close: () => unwatchFile(file, reread),
  };
}
