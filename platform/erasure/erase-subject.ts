/**
 * Erases a person from the products of a mesh:
 *
 * 1. find: the person's rows, and from the keys of those the rows that refer to them, over all products;
 * 2. tombstones for all those keys, before anything is deleted, so that nothing comes back in between;
 * 3. every product publishes a version without the rows, its staged and rejected rows included; products that read others
 *    are made anew, since what they added up had the person in it;
 * 4. gateways are told, by events, and forget what they keep of the person, as far as they are in reach;
 * 5. a receipt, which counts rows and names the person by a digest alone.
 */
import { createHash, randomUUID } from "node:crypto";
import type { MeshModel } from "#schema";
import { platformError } from "../errors.ts";
import type { Product } from "../product.ts";
import type { RewriteResult } from "../rewrite-version.ts";
import { quoteName } from "../storage/layout.ts";
import { textOf } from "../storage/values.ts";
import { type Identity, readIdentities } from "./identities.ts";
import type { Matchers, Tombstones } from "./tombstones.ts";

export interface EraseRequest {
  /** The person's key, as it stands in the column that the products call `subjectKey`. */
  readonly subject: string;
  /** The product whose key it is; needed when persons have keys of several products. */
  readonly of?: string | undefined;
  readonly dryRun: boolean;
  /** For the receipt. */
  readonly reason?: string | undefined;
}

export interface EraseReceipt {
  readonly erasure: string;
  readonly at: string;
  readonly dryRun: boolean;
  readonly reason: string | null;
  /** What the key is a key of, `customers/customers.customer_id`. */
  readonly identity: Identity;
  /** The tombstone's digest of the key. */
  readonly subject: string;
  readonly products: readonly ProductErasure[];
  /** Products whose events have not told yet what was erased: who keeps rows and hears of changes by events keeps them still. */
  readonly untold: readonly string[];
  /** What became of what gateways kept of the person; null where none was in reach, and in a dry run. */
  readonly caches: CachesErasure | null;
  /** SHA-256 over the rest of the receipt, as JSON in the order above. */
  readonly hash: string;
}

interface ProductErasure {
  readonly product: string;
  /** `found`: rows would be erased, if this were no dry run. `failed`: try again; the tombstones are there, so the next version will be without the person in any case. */
  readonly state: "erased" | "found" | "nothing-found" | "failed";
  readonly version: number | null;
  readonly rows: number;
  readonly staged: number;
  readonly quarantined: number;
  /** Code of what failed. */
  readonly error?: string;
}

export interface CachesErasure {
  /** Entries and whole answers in the gateways' processes. */
  readonly copies: number;
  /** Entries where gateways share; null where they could not be removed. */
  readonly shared: number | null;
  /** Whether nothing is left. */
  readonly isComplete: boolean;
}

/** What keeps something of persons outside of the products. */
export interface ErasureReach {
  /** Gets the values of the person's personal columns. */
  forgetValues?(values: ReadonlySet<string>): Promise<void>;
  /**
   * Gets whom to forget, as identity and key, and the products whose answers had them; called when the products have
   * published without them. Resolves with null where no gateway is in reach; rejecting means that it is not known what is left.
   */
  forgetKept?(subjects: readonly PersonKey[], products: readonly string[]): Promise<CachesErasure | null>;
  /** How long the event bus may take for each product. Default 10,000. */
  readonly tellWithinMs?: number;
}

/** What it is a key of (`customers/customers.customer_id`), and the key. */
export type PersonKey = readonly [of: Identity, key: string];

/**
 * Raises `ERASURE_SUBJECT_AMBIGUOUS`, `ERASURE_KEY_MISSING`. One erasure at a time.
 */
export async function eraseSubject(
  mesh: MeshModel,
  products: (name: string) => Product | undefined,
  tombstones: Tombstones,
  request: EraseRequest,
  now: Date,
  reach: ErasureReach = {},
): Promise<EraseReceipt> {
  const identities = readIdentities(mesh);
  const identity = chooseIdentity([...identities.subjects], request.of);
  const here = mesh.ingestionOrder.flatMap((name) => products(name) ?? []);
  const erased = await findKeys(identity, request.subject, here, identities.columns);
  const erasure = randomUUID();
  const subject = tombstones.digest(identity, request.subject);
  const matchers: Matchers = {
    matcher(of) {
      const values = erased.get(of);
      return values === undefined ? undefined : (value) => values.has(value);
    },
  };
  // Counted before anything changes: a product that reads another one may be without the person before its turn comes.
  const counts = new Map<Product, Counts>();
  for (const product of here) counts.set(product, await countIn(product, matchers));
  const personal = request.dryRun ? new Set<string>() : await personalValues(erased, here, identities.columns);
  if (!request.dryRun) await tombstones.add(erasure, now, erased);
  const outcomes: ProductErasure[] = [];
  for (const product of here) {
    const counted = counts.get(product) ?? { failed: "INTERNAL_SERVER_ERROR" };
    outcomes.push(await eraseFrom(product, matchers, counted, request.dryRun));
  }
  let untold: readonly string[] = [];
  let caches: CachesErasure | null = null;
  if (!request.dryRun) {
    await reach.forgetValues?.(personal);
    untold = await tell(here, reach.tellWithinMs);
    caches = await forgetKept(reach, personsIn(erased, identities.subjects), here);
  }
  const receipt = {
    erasure,
    at: now.toISOString(),
    dryRun: request.dryRun,
    reason: request.reason ?? null,
    identity,
    subject,
    products: outcomes,
    untold,
    caches,
  };
  return { ...receipt, hash: createHash("sha256").update(JSON.stringify(receipt)).digest("hex") };
}

/** Products that could not tell in time. */
async function tell(products: readonly Product[], limitMs: number | undefined): Promise<readonly string[]> {
  const outcomes = await Promise.allSettled(products.map((product) => product.drained(limitMs)));
  return products.filter((_, at) => outcomes[at]?.status === "rejected").map(({ name }) => name);
}

async function forgetKept(
  reach: ErasureReach,
  persons: readonly PersonKey[],
  products: readonly Product[],
): Promise<CachesErasure | null> {
  try {
    const names = products.map(({ name }) => name);
    return (await reach.forgetKept?.(persons, names)) ?? null;
  } catch {
    return { copies: 0, shared: null, isComplete: false };
  }
}

function personsIn(
  erased: ReadonlyMap<Identity, ReadonlySet<string>>,
  persons: ReadonlySet<Identity>,
): readonly PersonKey[] {
  return [...erased].flatMap(([of, keys]) => (persons.has(of) ? [...keys].map((key): PersonKey => [of, key]) : []));
}

type Counts = RewriteResult["forgotten"] | { readonly failed: string };

async function countIn(product: Product, matchers: Matchers): Promise<Counts> {
  try {
    const result = await product.forget(matchers, { dryRun: true });
    return result?.forgotten ?? { failed: "PRODUCT_NOT_PUBLISHED" };
  } catch (cause) {
    return { failed: codeOf(cause) };
  }
}

async function eraseFrom(
  product: Product,
  matchers: Matchers,
  counts: Counts,
  dryRun: boolean,
): Promise<ProductErasure> {
  const failed = "failed" in counts ? counts.failed : dryRun ? undefined : await change(product, matchers);
  const { rows, staged, quarantined } = "failed" in counts ? { rows: 0, staged: 0, quarantined: 0 } : counts;
  const found = rows + staged + quarantined === 0 ? "nothing-found" : dryRun ? "found" : "erased";
  const version = product.status.version ?? null;
  const outcome = { product: product.name, state: found, version, rows, staged, quarantined } as const;
  return failed === undefined ? outcome : { ...outcome, state: "failed", error: failed };
}

/** The code of what failed, if anything did. */
async function change(product: Product, matchers: Matchers): Promise<string | undefined> {
  try {
    if ((await product.forget(matchers)) === undefined) return "PRODUCT_NOT_PUBLISHED";
  } catch (cause) {
    return codeOf(cause);
  }
  // A product that adds up others' rows may have none of the person's and is another one all the same.
  return product.linked.productInputs.length === 0 ? undefined : (await product.refresh()).reason?.code;
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : "INTERNAL_SERVER_ERROR";
}

function chooseIdentity(subjects: readonly Identity[], of: string | undefined): Identity {
  const wanted = of === undefined ? subjects : subjects.filter((identity) => identity.startsWith(`${of}/`));
  const [only] = wanted;
  if (only !== undefined && wanted.length === 1) return only;
  const choice = subjects.map((identity) => identity.split("/")[0]).join(", ");
  throw platformError(
    "ERASURE_SUBJECT_AMBIGUOUS",
    subjects.length === 0
      ? "No product says which column tells whose data a row holds: add `governance.subjectKey`."
      : `It is not clear whose key it is. Persons have keys of: ${choice}. Name one with --of.`,
  );
}

/** The person's key, and the keys of all rows that hang on it, by what they name. */
async function findKeys(
  identity: Identity,
  subject: string,
  products: readonly Product[],
  columns: ReturnType<typeof readIdentities>["columns"],
): Promise<ReadonlyMap<Identity, ReadonlySet<string>>> {
  const found = new Map<Identity, Set<string>>([[identity, new Set([subject])]]);
  let fresh: ReadonlyMap<Identity, readonly string[]> = new Map([[identity, [subject]]]);
  while (fresh.size > 0) {
    const next = new Map<Identity, string[]>();
    for (const [named, values] of fresh) {
      for (const column of columns) {
        if (column.identity !== named || column.whenErased === "clear") continue;
        const own = columns.find(
          (it) =>
            it.product === column.product && it.output === column.output && it.isOwn && it.column !== column.column,
        );
        const product = products.find(({ name }) => name === column.product);
        if (own === undefined || product?.status.version === undefined) continue;
        const known = found.get(own.identity) ?? new Set<string>();
        found.set(own.identity, known);
        for (const key of await keysOf(product, column.output, own.column, column.column, values)) {
          if (known.has(key)) continue;
          known.add(key);
          const list = next.get(own.identity) ?? [];
          next.set(own.identity, list);
          list.push(key);
        }
      }
    }
    fresh = next;
  }
  return found;
}

/** What stands in personal columns of the rows that will go. */
async function personalValues(
  erased: ReadonlyMap<Identity, ReadonlySet<string>>,
  products: readonly Product[],
  columns: ReturnType<typeof readIdentities>["columns"],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const product of products) {
    if (product.status.version === undefined) continue;
    const snapshot = await product.snapshot();
    try {
      for (const { output } of product.linked.tables) {
        const personal = output.fields.filter(({ pii, subject }) => pii !== undefined || subject);
        const named = columns.filter(
          (it) => it.product === product.name && it.output === output.name && it.whenErased === "delete",
        );
        for (const { column, identity } of personal.length === 0 ? [] : named) {
          const values = erased.get(identity);
          if (values === undefined) continue;
          const rows = await snapshot.query(
            `select ${personal.map(({ name }) => quoteName(name)).join(", ")} from ${snapshot.table(output.name)} where cast(${quoteName(column)} as varchar) = any($1)`,
            [[...values]],
            new Map(personal.map(({ name, type }) => [name, type])),
          );
          for (const row of rows) {
            for (const { name, type } of personal) {
              const text = textOf(row[name], type);
              if (text !== null) found.add(text);
            }
          }
        }
      }
    } finally {
      snapshot.release();
    }
  }
  return found;
}

async function keysOf(
  product: Product,
  output: string,
  key: string,
  by: string,
  values: readonly string[],
): Promise<readonly string[]> {
  const snapshot = await product.snapshot();
  try {
    const rows = await snapshot.query(
      `select distinct cast(${quoteName(key)} as varchar) as key from ${snapshot.table(output)} where cast(${quoteName(by)} as varchar) = any($1)`,
      [values],
      new Map([["key", { kind: "string" }]]),
    );
    return rows.map((row) => String(row.key));
  } finally {
    snapshot.release();
  }
}
