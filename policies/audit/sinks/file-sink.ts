/**
 * Records in files: one JSON object a line, appended and never rewritten.
 *
 * - One process writes a chain: a lock file names it, and a file that has grown by itself is refused.
 * - A restart goes on behind the last line. A line that the end of a process or of the power cut off is set aside, and a
 *   record says so; any other last line that does not fit stops the start, since it was changed by somebody.
 * - A file that is full is followed by the next one; the chain goes on from one to the other.
 * - After each checkpoint `<writer>.head.json` says how far the chain was.
 */
import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, readFile, rename, writeFile } from "node:fs/promises";
import { auditError } from "../../errors.ts";
import { type AuditEntry, type ChainHead, genesis, linkEntries } from "../chain.ts";
import { readRecord } from "../reading/read-record.ts";
import type { AuditSigner } from "../signer.ts";
import { lockWriter } from "./lock-writer.ts";
import { headFile, listSegments, type Segment, segmentFile } from "./segments.ts";
import type { AuditSink } from "./sink.ts";

export interface FileSinkOptions {
  readonly folder: string;
  /** Names the chain's files; one process at a time writes under a name. */
  readonly writer: string;
  readonly signer: AuditSigner;
  /** `always`: a batch is on the disk when it counts as written. `every-second`: at most a second later. */
  readonly fsync: "always" | "every-second" | "never";
  /** A file is followed by another one when it has reached this size. */
  readonly maxFileBytes: number;
}

interface OpenFile {
  readonly handle: FileHandle;
  bytes: number;
}

/** Raises AUDIT_DAMAGED where the chain cannot be continued, AUDIT_LOCKED where another process writes it. */
export async function openFileSink(options: FileSinkOptions): Promise<AuditSink> {
  const { folder, writer, signer, fsync, maxFileBytes } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const lock = await lockWriter(folder, writer);
  let head: ChainHead;
  let file: OpenFile;
  let unsynced = false;
  /** The last attempt failed, so part of its lines may be in the file. */
  let isDirty = false;
  try {
    const segments = (await listSegments(folder)).filter((segment) => segment.writer === writer);
    const found = await readEnd(segments);
    head = found?.head ?? genesis(randomUUID());
    await assertNotCut(folder, writer, head);
    const handle = await open(found?.segment.file ?? segmentFile(folder, writer, 1), "a", 0o600);
    file = { handle, bytes: (await handle.stat()).size };
    if (found !== undefined && found.torn.length > 0) await setAside(found, file);
  } catch (error) {
    await lock.release();
    throw error;
  }

  const sync = async (): Promise<void> => {
    if (!unsynced) return;
    unsynced = false;
    await file.handle.datasync();
  };
  const ticker =
    fsync === "every-second" ? setInterval(() => void sync().catch(() => undefined), 1_000).unref() : undefined;

  async function setAside({ segment, torn, head: last }: End, open: OpenFile): Promise<void> {
    await writeFile(`${segment.file}.torn-${last.sequence + 1}`, torn, { mode: 0o600 });
    open.bytes -= torn.length;
    await open.handle.truncate(open.bytes);
    const body = {
      time: new Date().toISOString(),
      reason: "an incomplete last line was set aside",
      bytes: torn.length,
    };
    const repaired = await linkEntries(last, [{ kind: "repaired", body }], signer);
    await appendText(open, `${repaired.lines.join("\n")}\n`);
    head = repaired.head;
  }

  async function appendText(to: OpenFile, text: string): Promise<void> {
    const { size } = await to.handle.stat();
    if (size > to.bytes && isDirty) await to.handle.truncate(to.bytes);
    else if (size !== to.bytes) {
      throw auditError("AUDIT_DAMAGED", `somebody else has written to the audit file of ${writer} in ${folder}`);
    }
    const bytes = Buffer.from(text);
    isDirty = true;
    await to.handle.appendFile(bytes);
    if (fsync === "always") await to.handle.datasync();
    else unsynced = true;
    to.bytes += bytes.length;
    isDirty = false;
  }

  async function next(): Promise<void> {
    if (file.bytes < maxFileBytes || file.bytes === 0) return;
    await file.handle.datasync();
    await file.handle.close();
    file = { handle: await open(segmentFile(folder, writer, head.sequence + 1), "a", 0o600), bytes: 0 };
  }

  return {
    async append(entries: readonly AuditEntry[]) {
      await next();
      const linked = await linkEntries(head, entries, signer);
      await appendText(file, `${linked.lines.join("\n")}\n`);
      head = linked.head;
      if (linked.checkpoint === undefined) return;
      if (fsync === "every-second") await sync();
      await noteHead(folder, writer, linked.checkpoint);
    },
    async close() {
      clearInterval(ticker);
      if (fsync !== "never") await sync();
      await file.handle.close();
      await lock.release();
    },
  };
}

interface End {
  readonly segment: Segment;
  readonly head: ChainHead;
  /** What follows the last whole line. */
  readonly torn: Buffer;
}

/** The last record over all segments; undefined when there is none. */
async function readEnd(segments: readonly Segment[]): Promise<End | undefined> {
  let torn: { readonly segment: Segment; readonly bytes: Buffer } | undefined;
  for (const segment of segments.toReversed()) {
    const content = await readFile(segment.file);
    const end = content.lastIndexOf("\n") + 1;
    if (end === 0) {
      // A file that was begun and got no whole line: the chain ends in the one before.
      if (content.length > 0) torn = { segment, bytes: content };
      else torn ??= { segment, bytes: content };
      continue;
    }
    const start = content.lastIndexOf("\n", end - 2) + 1;
    const record = readRecord(content.toString("utf8", start, end - 1));
    if (record.kind !== "record" || !record.fits) {
      throw auditError(
        "AUDIT_DAMAGED",
        `the last record of ${segment.file} does not fit the chain; see \`datamesh audit verify\`, and move the files away to begin another chain`,
      );
    }
    const { chain, sequence, hash } = record;
    const head = { chain, sequence, hash };
    return torn === undefined
      ? { segment, head, torn: content.subarray(end) }
      : { segment: torn.segment, head, torn: torn.bytes };
  }
  return torn === undefined ? undefined : { segment: torn.segment, head: genesis(randomUUID()), torn: torn.bytes };
}

async function noteHead(folder: string, writer: string, head: ChainHead): Promise<void> {
  const target = headFile(folder, writer);
  await writeFile(`${target}.new`, JSON.stringify(head), { mode: 0o600 });
  await rename(`${target}.new`, target);
}

/** A chain that ends before its last checkpoint has lost records while nobody wrote. */
async function assertNotCut(folder: string, writer: string, head: ChainHead): Promise<void> {
  const noted = await readNotedHead(folder, writer);
  if (noted === undefined || (noted.chain === head.chain && noted.sequence <= head.sequence)) return;
  // Files that were moved away as a whole begin another chain.
  if (head.sequence === 0) return;
  throw auditError(
    "AUDIT_DAMAGED",
    `the audit records of ${writer} in ${folder} end at ${head.sequence}, and its last checkpoint was ${noted.sequence}: records were taken away; see \`datamesh audit verify\``,
  );
}

/** The last checkpoint that was noted beside a writer's files. */
export async function readNotedHead(folder: string, writer: string): Promise<ChainHead | undefined> {
  try {
    return JSON.parse(await readFile(headFile(folder, writer), "utf8")) as ChainHead; // written by `noteHead` alone
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw cause;
  }
}
