/** `datamesh audit`: whether the records are what was written, and what they say. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { JWK } from "jose";
import {
  type AuditSource,
  type AuditVerification,
  auditError,
  createSignatureCheck,
  readAuditFiles,
  readAuditTable,
  readRecord,
  verifyAudit,
} from "#policies";
import { type MeshConfig, readConfig } from "../config/read-config.ts";
import { commandError } from "../errors.ts";
import { auditKeysFile } from "../mesh/open-audit.ts";
import { type AuditFilter, createAuditFilter } from "../terminal/audit-filter.ts";
import { printAuditRecord } from "../terminal/print-audit-record.ts";
import { workingDirectory } from "../working-directory.ts";

interface SourceOptions {
  readonly config?: string;
  readonly schema?: string;
}

export interface AuditVerifyOptions extends SourceOptions {
  /** Files with public keys. */
  readonly keys?: readonly string[];
  /** `chain:sequence:hash` of a checkpoint that was kept elsewhere. */
  readonly checkpoint?: readonly string[];
  readonly allowEarlierMissing: boolean;
  readonly json: boolean;
}

export interface AuditShowOptions extends SourceOptions, AuditFilter {
  readonly json: boolean;
}

/** Says for each chain how far it is good. Throws AUDIT_NOT_INTACT, with the first bad record of each, when it is not. */
export async function verifyAuditRecords(place: string | undefined, options: AuditVerifyOptions): Promise<void> {
  const { source, config } = await openSource(place, options);
  const given = options.keys?.map((file) => resolve(workingDirectory(), file));
  const files = given ?? [auditKeysFile((config ?? (await readConfig(options.config))).stateFolder)];
  const keys = (await Promise.all(files.map(readKeys))).flat();
  const kept = (options.checkpoint ?? []).map(readCheckpoint);
  let result: AuditVerification;
  try {
    result = await verifyAudit(source.lines, {
      checkSignature: createSignatureCheck(keys),
      heads: [...source.heads, ...kept],
      allowEarlierMissing: options.allowEarlierMissing,
    });
  } finally {
    await source.close();
  }
  if (options.json) console.log(JSON.stringify(result, undefined, 2));
  else for (const line of describe(result)) console.log(line);
  const [problem] = result.problems;
  if (problem === undefined) return;
  const where = problem.sequence === undefined ? "" : `, record ${problem.sequence}`;
  throw commandError("AUDIT_NOT_INTACT", `${problem.kind} at ${problem.place}${where}: ${problem.message}`);
}

/** Prints the records that the filter lets through, one a line; `--json` prints them as they are kept. */
export async function showAuditRecords(place: string | undefined, options: AuditShowOptions): Promise<void> {
  const { source } = await openSource(place, options);
  const matches = createAuditFilter(options);
  try {
    for await (const { text, place: at } of source.lines) {
      const record = readRecord(text);
      if (record.kind === "unreadable") console.error(`${at}: no audit record; see datamesh audit verify`);
      else if (matches(record)) console.log(options.json ? text : printAuditRecord(record));
    }
  } finally {
    await source.close();
  }
}

/** What is named, else where the configuration has records written. */
async function openSource(
  place: string | undefined,
  options: SourceOptions,
): Promise<{ readonly source: AuditSource; readonly config?: MeshConfig }> {
  if (place !== undefined) {
    if (!isPostgres(place)) return { source: await readAuditFiles(resolve(workingDirectory(), place)) };
    return { source: await readAuditTable(place, options.schema ?? "datamesh_audit") };
  }
  const config = await readConfig(options.config);
  const { audit } = config.governance;
  switch (audit.sink) {
    case "file":
      return { config, source: await readAuditFiles(audit.folder) };
    case "postgres": {
      const url = audit.postgresUrl === "" ? (config.storage.postgresUrl ?? "") : audit.postgresUrl;
      return { config, source: await readAuditTable(url, options.schema ?? audit.schema) };
    }
    case "stream":
    case "none":
      throw auditError(
        "AUDIT_UNREADABLE",
        `${config.file} says audit.sink: ${audit.sink}, so there is nothing to read here; name a file that your collector wrote`,
      );
  }
}

function isPostgres(place: string): boolean {
  return /^postgres(ql)?:\/\//.test(place);
}

async function readKeys(file: string): Promise<readonly JWK[]> {
  try {
    const { keys } = JSON.parse(await readFile(file, "utf8")) as { readonly keys: readonly JWK[] };
    return keys.map((key) => ({ ...key }));
  } catch (cause) {
    throw auditError(
      "AUDIT_UNREADABLE",
      `${file} holds no public keys (JWKS), and without them signatures cannot be checked; name them with --keys`,
      cause,
    );
  }
}

function readCheckpoint(text: string): { chain: string; sequence: number; hash: string } {
  const { chain, sequence, hash } =
    /^(?<chain>[0-9a-f-]{36}):(?<sequence>\d+):(?<hash>[0-9a-f]{64})$/.exec(text)?.groups ?? {};
  if (chain === undefined || sequence === undefined || hash === undefined) {
    throw commandError(
      "OPTION_INVALID",
      `--checkpoint ${text} is none; write chain:number:hash, as verify prints them`,
    );
  }
  return { chain, sequence: Number(sequence), hash };
}

function describe({ chains, problems }: AuditVerification): readonly string[] {
  const bad = new Set(problems.map(({ chain }) => chain));
  return [
    ...chains.map(({ chain, first, last, hash, checkpoints, unsigned }) => {
      const state = bad.has(chain) ? "good up to" : "good:";
      const behind = unsigned === 0 ? "" : `, ${unsigned} behind the last signature`;
      return `${state} ${chain}:${last}:${hash} (from record ${first}, ${checkpoints} signed checkpoints${behind})`;
    }),
    ...problems.map(({ kind, place, sequence, message }) =>
      [`BAD ${kind}`, sequence === undefined ? "" : ` record ${sequence}`, ` at ${place}: ${message}`].join(""),
    ),
  ];
}
