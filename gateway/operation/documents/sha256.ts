import { hash } from "node:crypto";

/** Of the text in UTF-8, as clients compute it: 64 lower-case hexadecimal digits. */
export function sha256(text: string): string {
  return hash("sha256", text, "hex");
}

export function isSha256(id: string): boolean {
  return /^[0-9a-f]{64}$/.test(id);
}
