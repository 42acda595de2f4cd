/** The configuration's word on the audit → the log that a process records into. */
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { JWK } from "jose";
import type { Logger } from "pino";
import {
  type AuditLog,
  type AuditSink,
  createAuditLog,
  createAuditSigner,
  loadSigningKey,
  openFileSink,
  openPostgresSink,
  openStreamSink,
  readStreamTarget,
} from "#policies";
import { ClientError } from "#schema";
import { readBytes, readMs } from "../config/quantity.ts";
import type { MeshConfig } from "../config/read-config.ts";
import { publishKeys } from "./authentication.ts";

type Signer = ReturnType<typeof createAuditSigner>;

/** Further processes that write beside this one, in the same folder. */
const maxNeighbours = 99;

/**
 * Undefined where nothing is recorded.
 *
 * @param part of the mesh that this process is, where it is not the gateway as a whole: `worker-1`, `product-orders`.
 * @throws ClientError AUDIT_DAMAGED when the chain cannot be continued.
 */
export async function openAudit(
  config: MeshConfig,
  part: string | undefined,
  logger: Logger,
): Promise<AuditLog | undefined> {
  const { audit } = config.governance;
  if (audit.sink === "none") return undefined;
  const key = await loadSigningKey(join(config.stateFolder, "audit-key.json"));
  await publishAuditKey(config.stateFolder, key.publicJwk);
  const writer = part === undefined ? audit.writer : `${audit.writer}-${part}`;
  const log = limitLog(logger);
  return createAuditLog({
    sink: await openSink(config, writer, createAuditSigner(key)),
    maxQueued: audit.queue,
    whenFull: audit.whenFull,
    checkpoint: { records: audit.checkpointRecords, everyMs: readMs(audit.checkpointEvery) },
    onFailure: (err) => log({ err, sink: audit.sink }, "audit records cannot be written; trying again"),
  });
}

async function openSink(
  { governance: { audit }, storage }: MeshConfig,
  writer: string,
  signer: Signer,
): Promise<AuditSink> {
  switch (audit.sink) {
    case "file": {
      const { folder, fsync } = audit;
      return openFree(writer, (name) =>
        openFileSink({ folder, writer: name, signer, fsync, maxFileBytes: readBytes(audit.maxFile) }),
      );
    }
    case "postgres": {
      const url = audit.postgresUrl === "" ? (storage.postgresUrl ?? "") : audit.postgresUrl;
      return openPostgresSink({ url, schema: audit.schema, writer: `${hostname()}/${writer}`, signer });
    }
    case "stream": {
      const target = readStreamTarget(audit.stream);
      if (target === undefined) throw new Error("the configuration's reader lets no other targets through");
      return openStreamSink({ target, signer });
    }
    case "none":
      throw new Error("nothing is recorded");
  }
}

/** Two processes may share a folder for a while, as when one takes over from the other: the second takes another name. */
async function openFree(writer: string, open: (name: string) => Promise<AuditSink>): Promise<AuditSink> {
  for (let number = 1; ; number += 1) {
    try {
      return await open(number === 1 ? writer : `${writer}-${number}`);
    } catch (error) {
      if (!(error instanceof ClientError) || error.code !== "AUDIT_LOCKED" || number > maxNeighbours) throw error;
    }
  }
}

/** Those who verify need every key that ever signed here, the one of today included. */
async function publishAuditKey(stateFolder: string, key: JWK): Promise<void> {
  const file = auditKeysFile(stateFolder);
  const known = await readFile(file, "utf8").then(
    (text) => (JSON.parse(text) as { readonly keys: readonly JWK[] }).keys,
    () => [],
  );
  if (known.some(({ kid }) => kid === key.kid)) return;
  await publishKeys(file, { keys: [...known, key] });
}

/** The public keys of the audit's signatures. */
export function auditKeysFile(stateFolder: string): string {
  return join(stateFolder, "audit.jwks.json");
}

/** One line a second: a sink that is down fails often. */
function limitLog(logger: Logger): (details: object, message: string) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (details, message) => {
    if (performance.now() - last < 1_000) return;
    last = performance.now();
    logger.error(details, message);
  };
}
