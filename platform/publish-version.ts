/**
 * A row's way through a product, inside one transaction: look at the inputs → stage what changed → transform → check →
 * the next version. When inputs, manifest and SQL are those of the published version, nothing is done.
 */
import { createHash } from "node:crypto";
import type { Validator } from "#policies";
import type { BatchInput, Finding, LinkedProduct, ProductInput } from "#schema";
import { printColumnType } from "#schema";
import { type Erasures, forgetQuarantined, forgetStaged, identitiesOf } from "./erasure/forget-rows.ts";
import type { Tombstones } from "./erasure/tombstones.ts";
import { platformError } from "./errors.ts";
import { type InputReport, ingestBatch } from "./ingestion/ingest-batch.ts";
import { ingestProduct } from "./ingestion/ingest-product.ts";
import { locateFiles } from "./ingestion/locate.ts";
import type { LocateOptions, SourceFile } from "./ingestion/source-file.ts";
import { outputTypesOf } from "./ingestion/stage-columns.ts";
import { dropStagedTable, openStagedTable, readLedger, shapeOf } from "./ingestion/staged-table.ts";
import type { UpstreamReader } from "./ingestion/upstream.ts";
import { inspectVersion } from "./inspect-version.ts";
import type { Archive } from "./retention/archive.ts";
import { type Sealing, sealRest } from "./sealing/sealed-columns.ts";
import type { Draft, PublishedVersion, Storage } from "./storage/port.ts";
import { clearQuarantine } from "./storage/quarantine.ts";
import { readLatestVersion } from "./storage/versions.ts";
import type { TransformationPlan } from "./transformation/plan-transformation.ts";
import { type OutputReport, runTransformation } from "./transformation/run-transformation.ts";

/** Changes when the platform stores or computes rows in another way, so that everything is built anew. */
const formatVersion = 1;

export interface PublishRequest {
  readonly product: LinkedProduct;
  readonly plan: TransformationPlan;
  readonly storage: Storage;
  readonly locate: Omit<LocateOptions, "folder" | "signal">;
  /** The reader of another product, undefined when the mesh has none of that name. */
  readonly upstream: (product: string) => UpstreamReader | undefined;
  /** Persons who must not come back. */
  readonly erasures?: (Erasures & { readonly tombstones: Tombstones }) | undefined;
  /** Where rows go that are too old and to be archived. */
  readonly archive?: Archive | undefined;
  /** For columns that are encrypted. */
  readonly sealing?: Sealing | undefined;
  readonly now: () => Date;
  readonly signal: AbortSignal | undefined;
  /** What governance demands of the rows. */
  readonly validators?: readonly Validator[];
  readonly onIngested: (report: InputReport & { readonly elapsedMs: number }) => void;
}

export interface PublishResult {
  /** Undefined when nothing changed. */
  readonly published: PublishedVersion | undefined;
  readonly outputs: readonly OutputReport[];
  readonly emptySources: readonly string[];
  /** What validators that only warn have found. */
  readonly warnings: readonly Finding[];
  /** The version that has all that the inputs had when they were looked at. */
  readonly checked: CheckedVersion;
}

export interface CheckedVersion {
  readonly version: number;
  readonly at: Date;
}

/** Raises what locating, ingesting, transforming and inspecting raise; the published version then stays. */
export async function publishVersion(request: PublishRequest): Promise<PublishResult> {
  const { product, plan, storage } = request;
  const inputs = supportedInputs(product);
  let outputs: readonly OutputReport[] = [];
  let warnings: readonly Finding[] = [];
  const emptySources: string[] = [];
  let checked: CheckedVersion = { version: 0, at: request.now() };
  const published = await storage.publish(
    async (draft) => {
      await forgetInputs(draft, product);
      // Before the first look: what an input gets from now on may or may not be seen.
      checked = { version: draft.version, at: request.now() };
      const looks: InputLook[] = [];
      for (const input of inputs) looks.push(await lookAt(input, request, draft));
      const { erasures } = request;
      const erased = erasures?.tombstones.fingerprint(identitiesOf(product, erasures)) ?? "";
      const fingerprint = fingerprintOf(product, plan, looks, erased);
      // Another process may have published the same since this one was told last.
      const before = await readLatestVersion(draft, draft.layout);
      if (before?.fingerprint === fingerprint) {
        checked = { ...checked, version: before.version };
        return undefined;
      }
      for (const look of looks) {
        const start = performance.now();
        const report = await look.ingest();
        emptySources.push(...report.empty);
        request.onIngested({ ...report, elapsedMs: performance.now() - start });
      }
      if (erasures !== undefined) {
        for (const input of inputs) await forgetStaged(draft, product, input.name, erasures);
      }
      outputs = await runTransformation(product, plan, draft, {
        now: request.now(),
        erasures,
        sealing: request.sealing,
        archive: request.archive,
      });
      if (erasures !== undefined) await forgetQuarantined(draft, product, erasures);
      warnings = await inspectVersion(product, request.validators ?? [], outputs, draft);
      await sealRest(draft, product, request.sealing);
      return { fingerprint, publishedAt: request.now(), checkedAt: checked.at };
    },
    { signal: request.signal },
  );
  return { published, outputs, emptySources, warnings, checked };
}

/** An input as it is now: what tells whether it changed, and how to bring its rows in. */
interface InputLook {
  readonly fingerprint: string;
  ingest(): Promise<InputReport>;
}

async function lookAt(input: BatchInput | ProductInput, request: PublishRequest, draft: Draft): Promise<InputLook> {
  const { product } = request;
  const outputTypes = outputTypesOf(product.tables.map(({ output }) => output));
  const shape = shapeOf(input, outputTypes);
  // Drops a staged table of another shape and its ledger, so that its sources are read again as a whole.
  await openStagedTable(draft, input.name, shape);
  if (input.type === "batch") {
    const known = await readLedger(draft, input.name);
    const files = await locateFiles(input.source, known, {
      ...request.locate,
      folder: product.manifest.folder,
      signal: request.signal,
    });
    return {
      fingerprint: `${shape} ${files.map(printFile).join(" ")}`,
      ingest: () => ingestBatch(input, shape, files, { draft, outputTypes, foundAt: request.now() }),
    };
  }
  const link = product.productInputs.find((linked) => linked.input.name === input.name);
  const name = product.manifest.metadata.name;
  const reader = link === undefined ? undefined : request.upstream(link.product);
  if (link === undefined || reader === undefined) {
    throw platformError(
      "INPUT_NOT_FOUND",
      `Product "${name}": input "${input.name}" reads product "${input.product.name}", which is not running in this mesh. Start it, or correct \`source: ${input.source}\`.`,
    );
  }
  const { version, publishedAt } = await reader.version(request.signal);
  const fingerprint = `${link.product}/${link.output}@${version} ${publishedAt.toISOString()}`;
  return {
    fingerprint: `${shape} ${fingerprint}`,
    ingest: () => ingestProduct(input, shape, { reader, output: link.output, fingerprint }, draft),
  };
}

/** Raises `PRODUCT_NOT_SUPPORTED` for what this platform does not read yet. */
function supportedInputs(product: LinkedProduct): readonly (BatchInput | ProductInput)[] {
  return product.manifest.inputs.map((input) => {
    const where = `Product "${product.manifest.metadata.name}", input "${input.name}"`;
    if (input.type === "stream" || input.type === "rest") {
      throw platformError(
        "PRODUCT_NOT_SUPPORTED",
        `${where}: inputs of type "${input.type}" are not read by this platform yet. Supported: batch, product.`,
      );
    }
    if (input.mode === "cdc") {
      throw platformError(
        "PRODUCT_NOT_SUPPORTED",
        `${where}: mode "cdc" is not supported yet. Supported: append, upsert, snapshot.`,
      );
    }
    if (input.mode === "upsert" && input.key.length === 0) {
      throw platformError("INPUT_INVALID", `${where}: mode "upsert" needs \`key\`, the columns that identify a row.`);
    }
    return input;
  });
}

/** Removes what is kept of inputs and outputs that the manifest no longer has. */
async function forgetInputs(draft: Draft, product: LinkedProduct): Promise<void> {
  const inputs = product.manifest.inputs.map(({ name }) => name);
  const rows = await draft.query(`select input from ${draft.layout.inputs}`);
  for (const row of rows) {
    const name = String(row.input);
    if (inputs.includes(name)) continue;
    await dropStagedTable(draft, name);
    await clearQuarantine(draft, `input:${name}`);
  }
  const ports = await draft.query(`select distinct port from ${draft.layout.quarantine} where port like 'output:%'`);
  for (const row of ports) {
    const port = String(row.port);
    if (!product.tables.some(({ output }) => port === `output:${output.name}`)) await clearQuarantine(draft, port);
  }
}

function fingerprintOf(
  product: LinkedProduct,
  plan: TransformationPlan,
  looks: readonly InputLook[],
  erased: string,
): string {
  const { retention } = product.manifest.governance;
  const made = {
    ...(erased === "" ? {} : { erased }),
    ...(retention === undefined ? {} : { retention }),
    formatVersion,
    steps: plan.steps.map(({ name, select }) => [name, select]),
    outputs: product.tables.map(({ output, toOne }) => ({
      name: output.name,
      key: output.key,
      references: toOne.map((relation) => relation.manyColumn),
      fields: output.fields.map((field) => [
        field.name,
        printColumnType(field.type),
        field.required,
        field.unique,
        field.key ?? null,
        ...(field.encrypt === true ? ["encrypt"] : []),
      ]),
    })),
    inputs: looks.map(({ fingerprint }) => fingerprint),
  };
  return createHash("sha256").update(JSON.stringify(made)).digest("hex");
}

function printFile(file: SourceFile): string {
  return `${file.name}#${file.fingerprint}`;
}
