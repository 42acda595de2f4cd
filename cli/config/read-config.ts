/** datamesh.yaml → `MeshConfig`: paths made absolute, durations and sizes made numbers. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { z } from "zod";
import { readDocument } from "#schema";
import { commandError } from "../errors.ts";
import { FindingsError } from "../terminal/print-failure.ts";
import { workingDirectory } from "../working-directory.ts";
import { meshDocument } from "./model.ts";
import { readBytes, readMs } from "./quantity.ts";
import type { WorkerCount } from "./worker-count.ts";

type Spec = z.output<typeof meshDocument>["spec"];

type GatewayQuantities =
  | "subgraphTimeout"
  | "subgraphResponseLimit"
  | "pollInterval"
  | "trustedDocuments"
  | "trustedOnly";

/** Which documents clients may ask for by their ids. Plain data. */
export interface TrustedDocumentsSetup {
  /** Absolute. */
  readonly file: string;
  /** Whether any other text is refused. */
  readonly only: boolean;
}

/** Where products tell what changed. Plain data. */
interface EventsSetup {
  /** Undefined for a bus in the process. */
  readonly url: string | undefined;
  readonly prefix: string;
  readonly keepMs: number;
  readonly maxEvents: number;
  readonly replicas: number;
  readonly timeoutMs: number;
}

/** The configuration with every default filled in. */
export interface MeshConfig {
  readonly name: string;
  /** The document it was read from. */
  readonly file: string;
  /** The folder that relative paths and globs start from. */
  readonly folder: string;
  readonly products: readonly string[];
  readonly policies: readonly string[];
  /** Absolute. */
  readonly stateFolder: string;
  readonly server: {
    readonly host: string;
    readonly port: number;
    readonly maxBodyBytes: number;
    readonly graceMs: number;
    readonly corsOrigins: readonly string[];
    readonly workers: WorkerCount;
    /** Operations in one request; undefined takes no lists of them. */
    readonly maxBatch: number | undefined;
  };
  readonly gateway: Omit<Spec["gateway"], GatewayQuantities> & {
    readonly subgraphTimeoutMs: number;
    readonly maxSubgraphResponseBytes: number;
    readonly pollMs: number;
    readonly trustedDocuments: TrustedDocumentsSetup | undefined;
  };
  /** Undefined where there is none. */
  readonly redis: { readonly url: string; readonly keyPrefix: string; readonly timeoutMs: number } | undefined;
  readonly events: EventsSetup;
  readonly storage: { readonly postgresUrl: string | undefined };
  readonly allowedHosts: readonly string[];
  readonly authentication: Omit<Spec["authentication"], "gatewayKeys"> & {
    /** An absolute file or a URL. */
    readonly gatewayKeys: string;
  };
  readonly governance: Omit<Spec["governance"], "audit" | "keys" | "masks"> & {
    /** An absolute file, or the name of the variable that takes its place. */
    readonly keys: { readonly file: string; readonly environment: string | undefined };
    /** Absolute. */
    readonly masks: string | undefined;
    readonly audit: Omit<Spec["governance"]["audit"], "folder"> & {
      /** Absolute. */
      readonly folder: string;
    };
  };
  readonly upstreams: Spec["upstreams"];
  readonly console: Spec["console"];
  readonly logLevel: Spec["log"]["level"];
}

const fileName = "datamesh.yaml";
/** The package itself: its example mesh is what runs when there is no configuration anywhere. */
const packageFolder = fileURLToPath(new URL("../..", import.meta.url));

const unusable = "the configuration cannot be used; nothing was started";

/**
 * Reads the configuration that `--config` names, else the nearest `datamesh.yaml` from the working directory upwards,
 * else the example mesh's. Throws `FindingsError` with every fault, or CONFIGURATION_NOT_FOUND.
 */
export async function readConfig(given: string | undefined): Promise<MeshConfig> {
  const file = given === undefined ? findConfig(workingDirectory()) : resolve(workingDirectory(), given);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw commandError("CONFIGURATION_NOT_FOUND", `${file} cannot be read; name a datamesh.yaml with --config`, cause);
  }
  const { value, findings, places } = readDocument(text, file, meshDocument);
  if (value === undefined) throw new FindingsError(unusable, findings);
  if (value.spec.gateway.trustedOnly && value.spec.gateway.trustedDocuments === undefined) {
    const path = ["spec", "gateway", "trustedOnly"];
    const message = "Without `trustedDocuments` nothing at all could be asked. Name the manifest there.";
    const place = places.valueAt(path);
    throw new FindingsError(unusable, [{ level: "error", code: "missing-key", message, place, path: path.join(".") }]);
  }
  const { audit } = value.spec.governance;
  if (audit.sink === "postgres" && audit.postgresUrl === "" && value.spec.storage.postgresUrl === "") {
    const path = ["spec", "governance", "audit", "sink"];
    const message =
      "Without an address there is no PostgreSQL to write to. Say `postgresUrl` beside it, or `storage.postgresUrl`.";
    const place = places.valueAt(path);
    throw new FindingsError(unusable, [{ level: "error", code: "missing-key", message, place, path: path.join(".") }]);
  }
  return resolveConfig(value, file);
}

function resolveConfig({ metadata, spec }: z.output<typeof meshDocument>, file: string): MeshConfig {
  const folder = dirname(file);
  const stateFolder = resolve(isInstalled(folder) ? workingDirectory() : folder, spec.state);
  const { subgraphTimeout, subgraphResponseLimit, pollInterval, trustedDocuments, trustedOnly, ...gateway } =
    spec.gateway;
  const { gatewayKeys, ...authentication } = spec.authentication;
  return {
    name: metadata.name,
    file,
    folder,
    products: spec.products,
    policies: spec.policies,
    stateFolder,
    server: {
      host: spec.server.host,
      port: spec.server.port,
      maxBodyBytes: readBytes(spec.server.bodyLimit),
      graceMs: readMs(spec.server.shutdownGrace),
      corsOrigins: spec.server.corsOrigins,
      workers: spec.server.workers,
      maxBatch: spec.server.batching.enabled ? spec.server.batching.max : undefined,
    },
    gateway: {
      ...gateway,
      subgraphTimeoutMs: readMs(subgraphTimeout),
      maxSubgraphResponseBytes: readBytes(subgraphResponseLimit),
      pollMs: readMs(pollInterval),
      trustedDocuments:
        trustedDocuments === undefined ? undefined : { file: resolve(folder, trustedDocuments), only: trustedOnly },
    },
    redis:
      spec.redis.url === ""
        ? undefined
        : { url: spec.redis.url, keyPrefix: spec.redis.prefix, timeoutMs: readMs(spec.redis.timeout) },
    events: {
      url: spec.events.url === "" ? undefined : spec.events.url,
      prefix: spec.events.prefix,
      keepMs: readMs(spec.events.keep),
      maxEvents: spec.events.maxEvents,
      replicas: spec.events.replicas,
      timeoutMs: readMs(spec.events.timeout),
    },
    storage: { postgresUrl: spec.storage.postgresUrl === "" ? undefined : spec.storage.postgresUrl },
    allowedHosts: spec.ingestion.allowedHosts,
    authentication: {
      ...authentication,
      issuers: authentication.issuers.map((issuer) => ({
        ...issuer,
        jwks: isUrl(issuer.jwks) ? issuer.jwks : resolve(folder, issuer.jwks),
      })),
      gatewayKeys: isUrl(gatewayKeys)
        ? gatewayKeys
        : resolve(folder, gatewayKeys ?? join(stateFolder, "gateway.jwks.json")),
    },
    governance: {
      ...spec.governance,
      audit: {
        ...spec.governance.audit,
        folder: resolve(folder, spec.governance.audit.folder ?? join(stateFolder, "audit")),
      },
      keys: {
        file: resolve(folder, spec.governance.keys.file ?? join(stateFolder, "keys.json")),
        environment: spec.governance.keys.environment,
      },
      masks: spec.governance.masks === undefined ? undefined : resolve(folder, spec.governance.masks),
    },
    upstreams: spec.upstreams,
    console: spec.console,
    logLevel: spec.log.level,
  };
}

/** The example mesh of the installed package: npm owns that folder and replaces it, so nothing may be kept there. */
function isInstalled(folder: string): boolean {
  return folder.split(sep).includes("node_modules");
}

function isUrl(text: string | undefined): text is string {
  return text !== undefined && /^https?:\/\//.test(text);
}

function findConfig(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const file = join(folder, fileName);
    if (existsSync(file)) return file;
    if (dirname(folder) === folder) return exampleConfig();
  }
}

function exampleConfig(): string {
  // In the installed package this code lies in dist/, one folder deeper than in a clone.
  const near = join(packageFolder, fileName);
  return existsSync(near) ? near : join(packageFolder, "..", fileName);
}
