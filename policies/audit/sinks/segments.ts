/** The files of one writer: `gateway.000000000001.ndjson` holds the records from number 1 on, the next file goes on. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";

export interface Segment {
  readonly file: string;
  readonly writer: string;
  /** The sequence of its first record. */
  readonly first: number;
}

const form = /^(?<writer>[a-z0-9][a-z0-9-]*)\.(?<first>\d{12})\.ndjson$/;

/** What a writer's name looks like: it is part of file names. */
export const writerSyntax: RegExp = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Of all writers, by writer and then in order; empty where there is no such folder. */
export async function listSegments(folder: string): Promise<readonly Segment[]> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return [];
    throw cause;
  });
  return names
    .flatMap((name): readonly Segment[] => {
      const { writer, first } = form.exec(name)?.groups ?? {};
      if (writer === undefined || first === undefined) return [];
      return [{ file: join(folder, name), writer, first: Number(first) }];
    })
    .sort((left, right) =>
      left.writer === right.writer ? left.first - right.first : left.writer < right.writer ? -1 : 1,
    );
}

export function segmentFile(folder: string, writer: string, first: number): string {
  return join(folder, `${writer}.${String(first).padStart(12, "0")}.ndjson`);
}

/** Where the last checkpoint is noted, beside the records: what is shorter than it says was cut off. */
export function headFile(folder: string, writer: string): string {
  return join(folder, `${writer}.head.json`);
}
