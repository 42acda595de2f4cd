/**
 * Events with equal keys are in one partition. FNV-1a over the key's UTF-8, modulo: every process and every version has to
 * find the same, or an old event of a key and a new one could be handled at the same time.
 */
export function partitionOf(key: string, partitions: number): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0) % partitions;
}
