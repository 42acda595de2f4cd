/**
 * A data product's life.
 *
 *   starting ──→ serving ⇄ refreshing
 *      └──────→ failed ──→ refreshing ──→ serving | failed            any ──→ closed
 *
 * 1. `start` loads the files beside the manifest, opens the storage, publishes if anything changed, and never rejects:
 *    a product that cannot start is `failed` with a reason, and the others go on.
 * 2. A refresh that fails leaves the published version in place: the product is `serving` with a reason.
 * 3. One refresh runs at a time; whoever asks meanwhile gets one more after it, because inputs may have changed since.
 * 4. What a publication changes is told to the event bus behind it, by a relay that nobody waits for.
 * 5. `close` stops the schedule, aborts nothing that has begun to commit, waits for running work, closes the storage.
 */
import { join } from "node:path";
import { Cron } from "croner";
import type { EventBus } from "#events";
import {
  type AuditLog,
  type DescribeAccess,
  type KeyRing,
  type MaskSetup,
  type Rules,
  type Validator,
  validateManifest,
} from "#policies";
import { ClientError, type LinkedProduct, type MeshModel } from "#schema";
import type { Erasures } from "./erasure/forget-rows.ts";
import { readIdentities } from "./erasure/identities.ts";
import type { Matchers, Tombstones } from "./erasure/tombstones.ts";
import { platformError } from "./errors.ts";
import { createStorageReader } from "./ingestion/read-output.ts";
import type { UpstreamReader } from "./ingestion/upstream.ts";
import { assertNothingBlocks } from "./inspect-version.ts";
import { loadExtension, loadTransformation } from "./load-files.ts";
import { createStorage, type StorageOptions } from "./open-storage.ts";
import { startProductRelay } from "./outbox/product-relay.ts";
import type { Relay } from "./outbox/relay.ts";
import { withChangeEvents } from "./outbox/with-change-events.ts";
import type { FailureReason, ProductEvent, ProductState, ProductStatus } from "./product-event.ts";
import { type CheckedVersion, publishVersion } from "./publish-version.ts";
import { openArchive } from "./retention/archive.ts";
import { type RewriteResult, rewriteVersion } from "./rewrite-version.ts";
import { openRejected, type Sealing, withOpenedColumns } from "./sealing/sealed-columns.ts";
import {
  type AggregateCache,
  type AggregateOptions,
  createSubgraph,
  type HiddenError,
  type Subgraph,
} from "./serving/index.ts";
import { buildServedProduct } from "./serving/model/build-served-product.ts";
import type { Snapshot, Storage } from "./storage/port.ts";
import { planTransformation, type TransformationPlan } from "./transformation/plan-transformation.ts";

export interface ProductOptions extends StorageOptions {
  /** The rows of other products; by default there are none. */
  readonly upstream?: ((product: string) => UpstreamReader | undefined) | undefined;
  /** What governs the subgraph; a function gets its SDL, from which the governed coordinates are read. */
  readonly rules?: Rules | ((sdl: string) => Rules | undefined) | undefined;
  /** Keys, vault and functions of the masks that the subgraph applies. */
  readonly masks?: MaskSetup | undefined;
  /** Where direct reads of personal data are recorded, and what a record says of the fields of its SDL. */
  readonly audit?: { readonly log: AuditLog; describe(sdl: string): DescribeAccess } | undefined;
  /** Seals and opens columns that are encrypted; a product that has some publishes nothing without. */
  readonly keys?: KeyRing | undefined;
  /** Persons who were erased and must not come back. */
  readonly tombstones?: Tombstones | undefined;
  /**
   * Where changes of the data are told; all processes that run a product need the same. Without it nothing is told, and
   * nothing kept to be told later. Never closed here.
   */
  readonly events?: EventBus | undefined;
  /** When more rows of an output changed at once, it is told that any may have. Default 10,000. */
  readonly maxRowEvents?: number | undefined;
  /** Keeps results of aggregates that took long, for all processes that run the product; by default nothing is kept. */
  readonly aggregates?: AggregateCache | undefined;
  readonly aggregateOptions?: AggregateOptions | undefined;
  /** What governance demands before a version is published; by default nothing. */
  readonly validators?: readonly Validator[] | undefined;
  /** Hosts that batch inputs may be fetched from, beside loopback. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Runs the manifest's schedules; default true. */
  readonly runsSchedules?: boolean | undefined;
  readonly onEvent?: ((event: ProductEvent) => void) | undefined;
  /** What was hidden from a client of the subgraph. May hold data values. */
  readonly onError?: ((error: HiddenError) => void) | undefined;
  /** Gets what failed a start or refresh unexpectedly, for the log. May hold data values. */
  readonly onFault?: ((error: unknown) => void) | undefined;
  readonly now?: (() => Date) | undefined;
}

export interface Product {
  readonly name: string;
  readonly linked: LinkedProduct;
  readonly status: ProductStatus;
  /** Undefined until the files beside the manifest are loaded, and when they are faulty. */
  readonly subgraph: Subgraph | undefined;
  /** Its outputs as other products read them. */
  readonly reader: UpstreamReader;
  /** Resolves when the product is serving or failed; never rejects. */
  start(): Promise<ProductStatus>;
  /** Looks at the inputs and publishes if anything changed; never rejects. */
  refresh(): Promise<ProductStatus>;
  /**
   * Publishes what is published now without the rows of persons whom `erased` names, staged and rejected rows included;
   * asks no input. Undefined when the product has published nothing. Rejects with what the storage raises.
   */
  forget(erased: Matchers, options?: { readonly dryRun?: boolean }): Promise<RewriteResult | undefined>;
  /** Publishes it without rows beyond `governance.retention`. As `forget`. */
  retain(options?: { readonly dryRun?: boolean }): Promise<RewriteResult | undefined>;
  /**
   * Resolves when all that was published before the call has been handed to the event bus; at once without one. Rejects with
   * `EVENTS_WAITING` after `limitMs` (default 10,000): the events stay in the outbox and are handed on later.
   */
  drained(limitMs?: number): Promise<void>;
  /** Calls `listener` after each new version, until the returned function is called. */
  onPublished(listener: (status: ProductStatus) => void): () => void;
  /** Pins the published version. Raises `PRODUCT_NOT_PUBLISHED`. */
  snapshot(): Promise<Snapshot>;
  close(): Promise<void>;
}

const defaultMaxRowEvents = 10_000;
/** How long a product that closes lets the event bus take what it is taking. */
const relayClosesWithinMs = 2_000;

/** A product that has not started yet. */
export function createProduct(linked: LinkedProduct, mesh: MeshModel, options: ProductOptions): Product {
  const name = linked.manifest.metadata.name;
  const { now = () => new Date(), onEvent = () => {} } = options;
  const listeners = new Set<(status: ProductStatus) => void>();
  const identities = readIdentities(mesh);
  const sealing: Sealing | undefined = options.keys && { keys: options.keys };
  const archive = options.keys && openArchive(join(options.stateDir, name, "archive"), name, options.keys);
  const withErased = <T extends Matchers>(tombstones: T): Erasures & { readonly tombstones: T } => ({
    identities,
    tombstones,
    openRejected: (raw) => openRejected(raw, name, sealing),
  });
  const closing = new AbortController();
  let state: ProductState = "starting";
  let reason: FailureReason | undefined;
  let storage: Storage | undefined;
  let isOpen = false;
  let relay: Relay | undefined;
  let plan: TransformationPlan | undefined;
  let subgraph: Subgraph | undefined;
  /** What the last look at the inputs that did not fail has found. */
  let checked: CheckedVersion | undefined;
  let running: Promise<ProductStatus> | undefined;
  let next: Promise<ProductStatus> | undefined;
  let closed: Promise<void> | undefined;
  const jobs: Cron[] = [];

  const snapshots = {
    async snapshot(): Promise<Snapshot> {
      if (storage === undefined || !isOpen) {
        // Consumers read this: why it failed (files, hosts) is for operators, in the status and the log.
        const why = reason === undefined ? "It is starting." : `It failed to start (${reason.code}).`;
        throw platformError("PRODUCT_NOT_PUBLISHED", `Product "${name}" has published no version yet. ${why}`);
      }
      const snapshot = await storage.snapshot();
      if (checked === undefined || checked.version !== snapshot.version) return snapshot;
      return checked.at > snapshot.checkedAt ? { ...snapshot, checkedAt: checked.at } : snapshot;
    },
  };

  function statusNow(): ProductStatus {
    const published = isOpen ? storage?.published() : undefined;
    return {
      product: name,
      state,
      engine: storage?.engine,
      version: published?.version,
      publishedAt: published?.publishedAt,
      rows: published?.rows ?? new Map(),
      quarantined: published?.quarantined ?? 0,
      reason,
    };
  }

  function enter(to: ProductState): void {
    if (state === "closed" || state === to) return;
    state = to;
    onEvent({ product: name, kind: "state", state, reason });
  }

  /** Everything before the first publish; what succeeded is not done again by the next attempt. */
  async function prepare(): Promise<{ readonly storage: Storage; readonly plan: TransformationPlan }> {
    plan ??= planTransformation(linked, await loadTransformation(linked.manifest));
    if (storage === undefined) {
      const chosen = createStorage(linked, options);
      const opening = withOpenedColumns(chosen.storage, linked, sealing);
      const { events, maxRowEvents = defaultMaxRowEvents } = options;
      storage = events ? withChangeEvents(opening, buildServedProduct(linked, mesh), maxRowEvents) : opening;
      if (chosen.notice !== undefined) onEvent({ product: name, kind: "notice", message: chosen.notice });
    }
    subgraph ??= await buildSubgraph();
    if (!isOpen) {
      await storage.open();
      isOpen = true;
    }
    const { events: bus, onFault } = options;
    relay ??= bus && startProductRelay({ product: name, storage, bus, onEvent, onFault });
    return { storage, plan };
  }

  async function buildSubgraph(): Promise<Subgraph> {
    const extension = await loadExtension(linked.manifest);
    const { audit } = options;
    const build = (rules: Rules | undefined, sdl?: string): Subgraph =>
      createSubgraph({
        product: linked,
        mesh,
        snapshots,
        extension,
        rules,
        masks: options.masks,
        aggregates: options.aggregates,
        aggregateOptions: options.aggregateOptions,
        now,
        onError: options.onError,
        ...(audit && sdl !== undefined && { audit: { log: audit.log, describeAccess: audit.describe(sdl) } }),
      });
    if (typeof options.rules !== "function" && audit === undefined) return build(options.rules);
    const { sdl } = build(undefined);
    return build(typeof options.rules === "function" ? options.rules(sdl) : options.rules, sdl);
  }

  async function attempt(): Promise<ProductStatus> {
    if (state !== "starting") enter("refreshing");
    const start = performance.now();
    try {
      const { validators = [] } = options;
      const prepared = await prepare();
      assertNothingBlocks(linked, validateManifest(linked.manifest, validators));
      const before = prepared.storage.published();
      const result = await publishVersion({
        product: linked,
        plan: prepared.plan,
        storage: prepared.storage,
        locate: {
          allowedHosts: options.allowedHosts ?? [],
          downloadFolder: join(options.stateDir, name, "downloads"),
        },
        upstream: options.upstream ?? (() => undefined),
        erasures: options.tombstones && withErased(options.tombstones),
        sealing,
        archive,
        now,
        signal: closing.signal,
        validators,
        onIngested: ({ input, read, quarantined, elapsedMs }) =>
          onEvent({ product: name, kind: "ingested", input, read, quarantined, elapsedMs }),
      });
      reason = undefined;
      for (const { code, message } of result.warnings) {
        onEvent({ product: name, kind: "notice", message: `${code}: ${message}` });
      }
      for (const source of result.emptySources) {
        onEvent({ product: name, kind: "notice", message: `Product "${name}": ${source} has no rows.` });
      }
      const elapsedMs = performance.now() - start;
      const { published } = result;
      checked = result.checked;
      if (published !== undefined) {
        const { version, rows, quarantined } = published;
        relay?.wake();
        onEvent({ product: name, kind: "published", version, rows, quarantined, elapsedMs });
      } else if (before !== undefined) {
        onEvent({ product: name, kind: "unchanged", version: before.version, elapsedMs });
      }
      enter("serving");
      if (published !== undefined) for (const listener of listeners) listener(statusNow());
    } catch (error) {
      if (closing.signal.aborted) return statusNow();
      reason = reasonOf(error);
      if (!(error instanceof ClientError)) options.onFault?.(error);
      const isServing = isOpen && storage?.published() !== undefined;
      // A reason is told even when the state stays the same.
      if (isServing)
        onEvent({ product: name, kind: "notice", message: `${reason.message} The published version stays.` });
      enter(isServing ? "serving" : "failed");
    }
    return statusNow();
  }

  async function rewrite(erasures: Erasures | undefined, dryRun: boolean): Promise<RewriteResult | undefined> {
    if (storage === undefined || !isOpen || storage.published() === undefined || closed !== undefined) return undefined;
    const start = performance.now();
    const result = await rewriteVersion({
      product: linked,
      storage,
      erasures,
      archive,
      now: now(),
      signal: closing.signal,
      dryRun,
    });
    if (result.published !== undefined) {
      relay?.wake();
      const { version, rows, quarantined } = result.published;
      onEvent({ product: name, kind: "published", version, rows, quarantined, elapsedMs: performance.now() - start });
      for (const listener of listeners) listener(statusNow());
    }
    return result;
  }

  function refresh(): Promise<ProductStatus> {
    if (closed !== undefined) return Promise.resolve(statusNow());
    if (running === undefined) {
      running = attempt().finally(() => {
        running = undefined;
      });
      return running;
    }
    // Joins the attempt that comes after the running one.
    next ??= running.then(() => {
      next = undefined;
      return refresh();
    });
    return next;
  }

  function schedule(): void {
    if (options.runsSchedules === false) return;
    for (const input of linked.manifest.inputs) {
      if (input.type !== "batch" || input.schedule === undefined) continue;
      jobs.push(new Cron(input.schedule, { timezone: input.timezone, unref: true }, () => void refresh()));
    }
  }

  return {
    name,
    linked,
    get status() {
      return statusNow();
    },
    get subgraph() {
      return subgraph;
    },
    reader: {
      version: async (signal) => openReader().version(signal),
      read: async (request) => openReader().read(request),
    },
    async start() {
      const status = await refresh();
      if (closed === undefined) schedule();
      return status;
    },
    refresh,
    forget: (erased, { dryRun = false } = {}) => rewrite(withErased(erased), dryRun),
    retain: ({ dryRun = false } = {}) => rewrite(undefined, dryRun),
    drained: (limitMs = 10_000) => relay?.drained(limitMs) ?? Promise.resolve(),
    onPublished(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    snapshot: () => snapshots.snapshot(),
    close() {
      closed ??= (async () => {
        for (const job of jobs) job.stop();
        closing.abort(platformError("STORAGE_CLOSED", `Product "${name}" is shutting down.`));
        await Promise.allSettled([running, next]);
        await relay?.close(relayClosesWithinMs);
        if (isOpen) await storage?.close();
        enter("closed");
      })();
      return closed;
    },
  };

  function openReader(): UpstreamReader {
    if (storage === undefined || !isOpen) {
      throw platformError("PRODUCT_NOT_PUBLISHED", `Product "${name}" has published no version yet.`);
    }
    return createStorageReader(linked, storage);
  }
}

/** A `ClientError` is shown as it is; of anything else only that it happened, because its words may hold data. */
function reasonOf(error: unknown): FailureReason {
  if (error instanceof ClientError) return { code: error.code, message: error.message };
  return {
    code: "INTERNAL_SERVER_ERROR",
    message: `An unexpected ${error instanceof Error ? error.name : "failure"}.`,
  };
}
