/**
 * Where rows go that are beyond their time and to be archived: a file of sealed lines beside the product's own data. Only
 * who has the key ring reads it.
 *
 *   {"at":"2026-11-22T…","row":"<digest>","sealed":"sealed:k1:…"}
 *
 * A source that still has a row brings it to every publish: `row` tells that it has been archived before.
 */
import { createHmac } from "node:crypto";
import { appendFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type KeyRing, seal, unseal } from "#policies";

/** Column → text of its value, null for NULL. */
export type ArchivedRow = Readonly<Record<string, string | null>>;

export interface Archive {
  /** Guarantees each row once. `identity` are the columns that tell rows apart. Raises `KEY_MISSING` without a key. */
  add(output: string, rows: readonly ArchivedRow[], identity: readonly string[], at: Date): Promise<void>;
  /** Takes out the rows of which `isForgotten` is true; resolves with how many. */
  forget(output: string, isForgotten: (row: ArchivedRow) => boolean): Promise<number>;
}

export function openArchive(folder: string, product: string, keys: KeyRing): Archive {
  const fileOf = (output: string): string => join(folder, `${output}.ndjson`);
  const placeOf = (output: string): string => `${product}/archive/${output}`;
  const read = async (
    output: string,
  ): Promise<readonly { readonly row: string; readonly sealed: string; readonly line: string }[]> => {
    const text = await readFile(fileOf(output), "utf8").catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT") return "";
      throw cause;
    });
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => ({ ...(JSON.parse(line) as { row: string; sealed: string }), line }));
  };

  return {
    async add(output, rows, identity, at) {
      if (rows.length === 0) return;
      const known = new Set((await read(output)).map(({ row }) => row));
      const seen = new Map<string, number>();
      // The oldest key: its digests stay the same over rotations.
      const key = keys.byId(keys.ids[0] ?? "", "erasure")?.bytes ?? Buffer.alloc(0);
      const lines: string[] = [];
      for (const row of rows) {
        const told = JSON.stringify(identity.map((column) => row[column] ?? null));
        // Rows without a key may be equal: the first, the second …
        const nth = seen.get(told) ?? 0;
        seen.set(told, nth + 1);
        const digest = createHmac("sha256", key)
          .update(`${placeOf(output)}\n${nth}\n${told}`)
          .digest("base64url");
        if (known.has(digest)) continue;
        const sealed = seal(JSON.stringify(row), placeOf(output), keys, "seal");
        lines.push(`${JSON.stringify({ at: at.toISOString(), row: digest, sealed })}\n`);
      }
      if (lines.length === 0) return;
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await appendFile(fileOf(output), lines.join(""), { mode: 0o600, flush: true });
    },
    async forget(output, isForgotten) {
      const kept = await read(output);
      const left = kept.filter(
        ({ sealed }) => !isForgotten(JSON.parse(unseal(sealed, placeOf(output), keys, "seal")) as ArchivedRow),
      );
      if (left.length === kept.length) return 0;
      const draft = `${fileOf(output)}.next`;
      await writeFile(draft, left.map(({ line }) => `${line}\n`).join(""), { mode: 0o600, flush: true });
      await rename(draft, fileOf(output));
      return kept.length - left.length;
    },
  };
}
