/**
 * A source of truth whose rows count their versions, and gateways that read it all the time.
 *
 *   change ─▶ invalidation, acknowledged as complete ─▶ from now on no read that begins may see an older version
 *
 * A reading takes a while, and has read the row before it waits: so answers come late that began before a change.
 */
import { cacheControlDefinition, meshDirectiveDefinitions, meshSchemaExtension } from "#schema";
import type { CachedGateway, Subgraph } from "../../../fixtures/cached-gateway.fixture.ts";
import { subgraphOf } from "../../../fixtures/shop.fixture.ts";

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.12",
  import: ["@key", "@shareable", "@composeDirective", "@inaccessible", "@cacheTag"])`;
const mesh = `${meshSchemaExtension()} ${meshDirectiveDefinitions}`;
const product = (name: string): string => `@dataProduct(name: "${name}", domain: "rows", version: "1.0.0")`;

const listSdl = `${link} ${mesh} ${cacheControlDefinition}
  type Query { rows: [Row!]! @cacheControl(maxAge: 60) row(id: ID!): Row @cacheControl(maxAge: 60) @cacheTag(format: "row-{$args.id}") }
  type Row @key(fields: "id") ${product("lists")} @cacheControl(maxAge: 60) { id: ID! seen: Int }
`;
const detailSdl = `${link} ${mesh} ${cacheControlDefinition}
  type Query { count: Int @cacheControl(maxAge: 60) }
  type Row @key(fields: "id") @cacheTag(format: "row-{$key.id}") ${product("details")} @cacheControl(maxAge: 60) {
    id: ID! @subject(of: "rows.id")
    version: Int
    secret: String @pii(category: "name")
  }
`;

export interface Oracle {
  readonly subgraphs: readonly Subgraph[];
  readonly ids: readonly string[];
  /** The row is another one from now on, for all products. */
  change(id: string): void;
  /** No read that begins now may see anything older of these. */
  acknowledge(ids: readonly string[], versions: ReadonlyMap<string, number>): void;
  /** Their versions now, to be acknowledged later. */
  versions(): ReadonlyMap<string, number>;
  /** Reads by each of the gateways, again and again, until it is stopped; with pauses in between. */
  readAll(gateways: readonly CachedGateway[], pauseMs?: number): Readers;
  /** One read, as the readers do it: what is wrong with it. */
  read(gateway: CachedGateway, random?: () => number): Promise<string | undefined>;
}

interface Readers {
  /** When each has read so often, at least: what was read that was older than acknowledged, or failed. */
  stop(leastReads: number): Promise<readonly string[]>;
}

/** `slowMs`: how long a product takes to answer after it has read, at most. */
export function oracle({ rows = 6, slowMs = 4 }: { readonly rows?: number; readonly slowMs?: number } = {}): Oracle {
  const ids = Array.from({ length: rows }, (_, index) => `r${index}`);
  const current = new Map(ids.map((id) => [id, 1]));
  const floor = new Map(ids.map((id) => [id, 1]));
  const row = (id: string) => {
    const version = current.get(id);
    return version === undefined ? null : { id, version, seen: version, secret: `secret ${version}` };
  };
  const late = (subgraph: Subgraph): Subgraph => ({
    ...subgraph,
    async execute(call) {
      const answer = await subgraph.execute(call);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * slowMs));
      return answer;
    },
  });

  /** Each holds versions of rows, by the path to them. */
  const questions: readonly ((id: string) => Question)[] = [
    () => ({ query: "{ rows { id seen } }" }),
    () => ({ query: "{ rows { id version } }" }),
    () => ({ query: "{ rows { id seen version secret } }" }),
    (id: string) => ({ query: "query($id: ID!) { row(id: $id) { id seen version } }", variables: { id } }),
    (id: string) => ({ query: "query($id: ID!) { row(id: $id) { id secret } }", variables: { id } }),
  ];

  const read: Oracle["read"] = async (gateway, random = Math.random) => {
    const id = pick(ids, random);
    const { query, variables } = pick(questions, random)(id);
    const allowed = new Map(floor);
    const { data, errors } = await gateway.ask(query, { ...(variables && { variables }) });
    if (errors.length > 0) return `failed: ${JSON.stringify(errors)}`;
    const found = [data?.rows ?? data?.row].flat() as readonly ReadRow[];
    for (const each of found) {
      for (const version of versionsIn(each)) {
        const least = allowed.get(each.id) ?? Number.POSITIVE_INFINITY;
        if (version < least) return `${query} saw version ${version} of ${each.id}, after ${least}`;
      }
    }
    return undefined;
  };

  return {
    ids,
    subgraphs: [
      late(
        subgraphOf("lists", listSdl, {
          Query: { rows: () => ids.map(row), row: (_: unknown, { id }: { id: string }) => row(id) },
          Row: { __resolveReference: ({ id }: { id: string }) => row(id) },
        }),
      ),
      late(
        subgraphOf("details", detailSdl, {
          Query: { count: () => ids.length },
          Row: { __resolveReference: ({ id }: { id: string }) => row(id) },
        }),
      ),
    ],
    change: (id) => void current.set(id, (current.get(id) ?? 0) + 1),
    versions: () => new Map(current),
    acknowledge(changed, versions) {
      for (const id of changed) floor.set(id, Math.max(floor.get(id) ?? 0, versions.get(id) ?? 0));
    },
    read,
    readAll(gateways, pauseMs) {
      const wrong: string[] = [];
      let isOver = false;
      let least = 0;
      const loops = gateways.map(async (gateway, index) => {
        for (let reads = 0; !isOver || reads < least; reads++) {
          const problem = await read(gateway);
          if (problem !== undefined) wrong.push(`gateway ${index}: ${problem}`);
          await new Promise<void>((resolve) => {
            if (pauseMs === undefined) setImmediate(resolve);
            else setTimeout(resolve, pauseMs);
          });
        }
      });
      return {
        async stop(leastReads) {
          least = leastReads;
          isOver = true;
          await Promise.all(loops);
          return wrong;
        },
      };
    },
  };
}

interface Question {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

function pick<T>(from: readonly T[], random: () => number): T {
  // There is at least one.
  return from[Math.floor(random() * from.length)] as T;
}

interface ReadRow {
  readonly id: string;
  readonly seen?: number;
  readonly version?: number;
  readonly secret?: string;
}

function versionsIn({ seen, version, secret }: ReadRow): readonly number[] {
  return [seen, version, secret === undefined ? undefined : Number(secret.split(" ")[1])].filter(
    (each) => each !== undefined,
  );
}
