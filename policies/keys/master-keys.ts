/**
 * The master keys as they are written: one JSON document, newest key last.
 *
 *   { "keys": [{ "id": "k1-7f3a", "createdAt": "2026-11-22T10:00:00.000Z", "secret": "<32 bytes as base64>" }] }
 */
import { randomBytes } from "node:crypto";
import { z } from "zod";

export interface MasterKey {
  /** Letters, digits, dashes; it is written beside what was made with the key. */
  readonly id: string;
  readonly createdAt: Date;
  /** 32 bytes. */
  readonly secret: Buffer;
}

const secretBytes = 32;

const document = z.strictObject({
  keys: z.array(
    z.strictObject({
      id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,30}$/),
      createdAt: z.iso.datetime(),
      secret: z.base64().refine((text) => Buffer.from(text, "base64").length === secretBytes),
    }),
  ),
});

/** The keys, or what is wrong with the text, in words that hold none of it. */
export function parseMasterKeys(text: string): readonly MasterKey[] | { readonly problem: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { problem: "it is not JSON" };
  }
  const { data, error } = document.safeParse(json);
  if (data === undefined) {
    const place = error?.issues[0]?.path.join(".") ?? "";
    return { problem: `${place === "" ? "it" : `\`${place}\``} is not as \`datamesh keys rotate\` writes it` };
  }
  const ids = data.keys.map(({ id }) => id);
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index);
  if (repeated !== undefined) return { problem: `two keys have the id ${repeated}` };
  return data.keys.map(({ id, createdAt, secret }) => ({
    id,
    createdAt: new Date(createdAt),
    secret: Buffer.from(secret, "base64"),
  }));
}

export function printMasterKeys(keys: readonly MasterKey[]): string {
  const written = keys.map(({ id, createdAt, secret }) => ({
    id,
    createdAt: createdAt.toISOString(),
    secret: secret.toString("base64"),
  }));
  return `${JSON.stringify({ keys: written }, undefined, 2)}\n`;
}

/** A new random key whose id no other has. */
export function createMasterKey(among: readonly MasterKey[], now: Date): MasterKey {
  const taken = new Set(among.map(({ id }) => id));
  let id: string;
  do id = `k${now.toISOString().slice(0, 10).replaceAll("-", "")}-${randomBytes(2).toString("hex")}`;
  while (taken.has(id));
  return { id, createdAt: now, secret: randomBytes(secretBytes) };
}
