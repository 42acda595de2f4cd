/** Audit records in files → their lines, and how far each chain is known to have been. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { auditError } from "../../errors.ts";
import type { ChainHead } from "../chain.ts";
import { readNotedHead } from "../sinks/file-sink.ts";
import { listSegments } from "../sinks/segments.ts";
import type { AuditLine } from "./verify.ts";

export interface AuditSource {
  readonly lines: AsyncIterable<AuditLine>;
  readonly heads: readonly ChainHead[];
  close(): Promise<void>;
}

/** A folder that a file sink writes (all of its writers), or one file of lines. Raises AUDIT_UNREADABLE. */
export async function readAuditFiles(path: string): Promise<AuditSource> {
  const kind = await stat(path).catch((cause: unknown) => {
    throw auditError("AUDIT_UNREADABLE", `${path} cannot be read; name a file or folder of audit records`, cause);
  });
  const done = async (): Promise<void> => undefined;
  if (!kind.isDirectory()) {
    const own = (await listSegments(dirname(path))).find(({ file }) => file === path);
    const isLast =
      own !== undefined &&
      (await listSegments(dirname(path))).every(({ writer, first }) => writer !== own.writer || first <= own.first);
    const head = isLast ? await readNotedHead(dirname(path), own.writer) : undefined;
    return { lines: linesOf([path]), heads: head === undefined ? [] : [head], close: done };
  }
  const segments = await listSegments(path);
  const writers = new Set(segments.map(({ writer }) => writer));
  if (segments.length === 0) throw auditError("AUDIT_UNREADABLE", `${path} holds no audit records`);
  const heads = await Promise.all([...writers].map((writer) => readNotedHead(path, writer)));
  return { lines: linesOf(segments.map(({ file }) => file)), heads: heads.flatMap((head) => head ?? []), close: done };
}

async function* linesOf(files: readonly string[]): AsyncGenerator<AuditLine> {
  for (const file of files) {
    let number = 0;
    for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
      number += 1;
      if (text !== "") yield { text, place: `${file}:${number}` };
    }
  }
}
