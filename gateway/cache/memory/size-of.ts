/** What a value of JSON takes in memory, roughly: an object's slots and its texts. Cost: linear in the value. */
export function sizeOf(value: unknown): number {
  if (typeof value === "string") return 16 + value.length;
  if (typeof value !== "object" || value === null) return 8;
  let bytes = 32;
  if (Array.isArray(value)) {
    for (const item of value) bytes += 8 + sizeOf(item);
    return bytes;
  }
  for (const key of Object.keys(value)) bytes += 16 + sizeOf((value as Record<string, unknown>)[key]);
  return bytes;
}
