/** The cache as one generation sees it: its schema and policies decide what is kept, how, and under which keys. */
import { createHash } from "node:crypto";
import type { DocumentNode, GraphQLSchema } from "graphql";
import type { CacheHints } from "#schema";
import type { GovernanceTable } from "../governance-port.ts";
import type { Fetch } from "../plan/plan.ts";
import type { CacheCore } from "./cache-core.ts";
import { type CacheFacts, readCacheFacts } from "./facts/cache-facts.ts";
import { createShelves } from "./shelf/build-shelf.ts";
import type { Shelf } from "./shelf/shelf.ts";
import type { LookupRun } from "./step/open-shelf.ts";
import type { RunKept } from "./step/run-kept.ts";
import { StepLookup } from "./step/step-lookup.ts";

export interface GenerationCache {
  /** Equal for generations whose entries are of use to each other. */
  readonly edition: string;
  readonly facts: CacheFacts;
  /** Undefined for what is never kept. Once for each plan. */
  shelfOf(fetch: Fetch): Shelf | undefined;
  /** For one request of a run. */
  lookUp(shelves: readonly (Shelf | undefined)[], run: LookupRun, kept: RunKept): StepLookup;
  readonly core: CacheCore;
}

/** Changed whenever entries of an older form could be misread. */
const formatVersion = 1;

export function createGenerationCache(
  core: CacheCore,
  supergraph: {
    readonly hash: string;
    readonly document: DocumentNode;
    /** With everything inaccessible. */
    readonly schema: GraphQLSchema;
    /** By subgraph. */
    readonly hints: ReadonlyMap<string, CacheHints>;
  },
  governance: GovernanceTable | undefined,
): GenerationCache {
  const { hash, document, schema, hints } = supergraph;
  const facts = readCacheFacts(document, hints);
  const said = JSON.stringify([formatVersion, hash, governance?.version ?? "", [...hints]]);
  const edition = createHash("sha256").update(said).digest("base64url").slice(0, 16);
  const shelfOf = createShelves({
    edition,
    schema,
    facts,
    governance,
    options: core.options,
    numberOf: (id) => core.numberOf(id),
  });
  return {
    edition,
    facts,
    shelfOf,
    lookUp: (shelves, run, kept) => new StepLookup(core, shelves, run, kept),
    core,
  };
}
