import { policyError } from "../errors.ts";
import { readKeyFile, writeKeyFile } from "./key-file.ts";
import { createMasterKey, type MasterKey } from "./master-keys.ts";

/**
 * Guarantees one more key in the file, the newest, with all former ones in place; the file is made where there is none.
 * Raises `KEY_RING_UNUSABLE` rather than replace a file that cannot be read.
 */
export async function rotateKeys(file: string, now: Date): Promise<MasterKey> {
  const kept = listKeys(file);
  const added = createMasterKey(kept, now);
  await writeKeyFile(file, [...kept, added]);
  return added;
}

/** The keys of the file, oldest first. Raises `KEY_RING_UNUSABLE`. */
export function listKeys(file: string): readonly MasterKey[] {
  const read = readKeyFile(file);
  if ("problem" in read) throw policyError("KEY_RING_UNUSABLE", `The key ring ${file} is not used: ${read.problem}.`);
  return read;
}
