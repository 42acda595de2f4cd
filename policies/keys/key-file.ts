/**
 * The file of a key ring: readable by its owner alone, replaced as a whole, so that a reader sees the old ring or the new
 * one and never half of it.
 */
import { randomUUID } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { mkdir, open, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { type MasterKey, parseMasterKeys, printMasterKeys } from "./master-keys.ts";

/** The keys in the file, none when there is no file, or why they are not used. The words hold nothing of the keys. */
export function readKeyFile(file: string): readonly MasterKey[] | { readonly problem: string } {
  let text: string;
  try {
    const { mode } = statSync(file);
    // Windows has no such bits and reports them all as set.
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      return { problem: `others than its owner may read or write it; run \`chmod 600 ${file}\`` };
    }
    text = readFileSync(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    return code === "ENOENT" ? [] : { problem: `it cannot be read (${code ?? "unknown reason"})` };
  }
  return parseMasterKeys(text);
}

/** Guarantees the file with exactly these keys and mode 0600, or the file as it was. */
export async function writeKeyFile(file: string, keys: readonly MasterKey[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomUUID()}`;
  const handle = await open(draft, "wx", 0o600);
  try {
    await handle.writeFile(printMasterKeys(keys));
    // A ring that is lost with the power takes everything with it that was sealed.
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file).catch(async (cause: unknown) => {
    await unlink(draft).catch(() => undefined);
    throw cause;
  });
}
