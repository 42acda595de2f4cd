/**
 * The vault of tokens: a file that is only ever added to, one line for each token and field.
 *
 *   {"token":"tok_…","field":"Customer.email","value":"sealed:k1:…"}
 *
 * Tokens are kept behind the answer: `keep` puts them into a queue, which is written as soon as the event loop is free.
 * When more come than are written, `keep` writes them itself, so the queue is bounded and nothing is lost. Several
 * processes may add to one file: a line is written at once.
 */
import { appendFileSync, createReadStream, existsSync, mkdirSync } from "node:fs";
import { appendFile, open } from "node:fs/promises";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { LRUCache } from "lru-cache";
import type { KeyRing } from "../keys/key-ring.ts";
import { seal, unseal } from "../keys/seal.ts";
import type { TokenVault } from "../masking/token-vault.ts";

export interface FileVaultOptions {
  /** Absolute; made with its folder when the first token is kept. */
  readonly file: string;
  readonly keys: KeyRing;
  /** Tokens that were not written and cannot be turned back. Told for each attempt, without any token. */
  readonly onProblem: (message: string) => void;
  /** Tokens that wait to be written at most; default 10,000. */
  readonly maxWaiting?: number | undefined;
}

export interface FileVault extends TokenVault {
  /** Writes what waits. */
  close(): Promise<void>;
}

/** What a token stands for. */
export interface KeptToken {
  readonly value: string;
  /** The masked field, `Customer.email`. */
  readonly field: string;
}

/** Tokens and fields of which this process knows that they are in the file. */
const rememberedTokens = 200_000;

export function openFileVault({ file, keys, onProblem, maxWaiting = 10_000 }: FileVaultOptions): FileVault {
  const known = new LRUCache<string, true>({ max: rememberedTokens });
  let waiting: string[] = [];
  let writing: Promise<void> | undefined;

  const failed = (lines: number, cause: unknown): void => {
    const { code = "unknown reason" } = cause as NodeJS.ErrnoException;
    // What was not written is not known either: it is kept when it is given out again.
    known.clear();
    onProblem(`${lines} tokens could not be kept in ${file} (${code}): they cannot be turned back.`);
  };

  const write = async (): Promise<void> => {
    while (waiting.length > 0) {
      const lines = waiting;
      waiting = [];
      try {
        mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
        await appendFile(file, lines.join(""), { mode: 0o600 });
      } catch (cause) {
        failed(lines.length, cause);
      }
    }
  };

  return {
    keep(token, value, field) {
      const name = `${token}\n${field}`;
      if (known.has(name)) return;
      known.set(name, true);
      let line: string;
      try {
        line = `${JSON.stringify({ token, field, value: seal(value, placeOf(token, field), keys, "vault") })}\n`;
      } catch (cause) {
        failed(1, cause);
        return;
      }
      waiting.push(line);
      if (waiting.length >= maxWaiting) {
        const lines = waiting;
        waiting = [];
        try {
          mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
          appendFileSync(file, lines.join(""), { mode: 0o600 });
        } catch (cause) {
          failed(lines.length, cause);
        }
      } else {
        writing ??= new Promise<void>((resolve) => setImmediate(resolve)).then(write).finally(() => {
          writing = undefined;
        });
      }
    },
    async close() {
      await writing;
      await write();
    },
  };
}

/**
 * Everything that the token may stand for: several fields may have given out one token, and a number may be the token of
 * several values. Lines that cannot be opened are left out. Raises nothing for a vault that is not there.
 */
export async function findToken(file: string, token: string, keys: KeyRing): Promise<readonly KeptToken[]> {
  if (!existsSync(file)) return [];
  const found = new Map<string, KeptToken>();
  const wanted = JSON.stringify(token);
  for await (const line of createInterface({ input: createReadStream(file, "utf8") })) {
    if (!line.includes(wanted)) continue;
    const entry = readLine(line);
    if (entry?.token !== token) continue;
    try {
      const value = unseal(entry.value, placeOf(token, entry.field), keys, "vault");
      found.set(`${entry.field}\n${value}`, { value, field: entry.field });
    } catch {
      // A key that was taken out of the ring, or a line that somebody changed.
    }
  }
  return [...found.values()];
}

/**
 * Takes out what the values' tokens stand for; resolves with how many. The lines are overwritten where they are, so that
 * processes may go on adding to the file.
 */
export async function forgetTokens(file: string, values: ReadonlySet<string>, keys: KeyRing): Promise<number> {
  if (values.size === 0 || !existsSync(file)) return 0;
  const handle = await open(file, "r+");
  try {
    const bytes = await handle.readFile();
    let forgotten = 0;
    for (let start = 0; start < bytes.length; ) {
      const newline = bytes.indexOf(10, start);
      const end = newline < 0 ? bytes.length : newline;
      const entry = readLine(bytes.toString("utf8", start, end));
      if (entry !== undefined && standsForOneOf(entry, values, keys)) {
        await handle.write(Buffer.alloc(end - start, " "), 0, end - start, start);
        forgotten++;
      }
      start = end + 1;
    }
    if (forgotten > 0) await handle.sync();
    return forgotten;
  } finally {
    await handle.close();
  }
}

function standsForOneOf(entry: VaultLine, values: ReadonlySet<string>, keys: KeyRing): boolean {
  try {
    return values.has(unseal(entry.value, placeOf(entry.token, entry.field), keys, "vault"));
  } catch {
    // What nobody can open stands for nobody.
    return false;
  }
}

interface VaultLine {
  readonly token: string;
  readonly field: string;
  readonly value: string;
}

function placeOf(token: string, field: string): string {
  return `vault ${token} ${field}`;
}

/** Undefined for a line that was cut off by the end of a process. */
function readLine(line: string): VaultLine | undefined {
  try {
    const { token, field, value } = JSON.parse(line) as Record<string, unknown>;
    if (typeof token !== "string" || typeof field !== "string" || typeof value !== "string") return undefined;
    return { token, field, value };
  } catch {
    return undefined;
  }
}
