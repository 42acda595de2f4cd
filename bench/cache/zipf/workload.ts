/** What is asked: single customers by their key, and lists of them that another subgraph names. */
import { createRandom, createZipf } from "./draw.ts";

export interface Operation {
  readonly kind: "one" | "some";
  readonly ids: readonly string[];
  /** Which gateway is asked: 0 or 1. */
  readonly gateway: number;
}

/** Of operations. */
const shareOfLists = 0.2;
const listLength = 10;
export const exponent = 1;

const fields = "{ customerId revision segment }";
const queries = {
  one: `query One($id: String!) { customer(customerId: $id) ${fields} }`,
  some: `query Some($ids: [String!]!) { picked(customerIds: $ids) ${fields} }`,
} as const;

export interface Workload {
  nextOperation(): Operation;
  /** Whose row changes next. */
  nextChanged(): string;
}

/** Equal seeds give equal operations and equal changes, whatever is asked for in between. */
export function createWorkload(entities: number, seed: number): Workload {
  const random = createRandom(seed);
  const asked = createZipf(entities, exponent, random);
  const changed = createZipf(entities, exponent, createRandom(seed + 1));
  const drawList = (): readonly string[] => {
    const ids = new Set<string>();
    while (ids.size < Math.min(listLength, entities)) ids.add(String(asked()));
    return [...ids];
  };
  return {
    nextOperation() {
      const gateway = random() < 0.5 ? 0 : 1;
      return random() < shareOfLists
        ? { kind: "some", ids: drawList(), gateway }
        : { kind: "one", ids: [String(asked())], gateway };
    },
    nextChanged: () => String(changed()),
  };
}

export function printBody({ kind, ids }: Pick<Operation, "kind" | "ids">): string {
  return JSON.stringify({ query: queries[kind], variables: kind === "one" ? { id: ids[0] } : { ids } });
}

/** Revisions in the order of `ids`. Throws when the answer is none to that operation. */
export function readRevisions({ kind, ids }: Pick<Operation, "kind" | "ids">, body: string): readonly number[] {
  const { data, errors } = JSON.parse(body) as {
    readonly data?: { readonly customer?: Answered | null; readonly picked?: readonly (Answered | null)[] } | null;
    readonly errors?: unknown;
  };
  const rows = kind === "one" ? [data?.customer] : (data?.picked ?? []);
  const isAnswer = errors === undefined && ids.every((id, index) => rows[index]?.customerId === id);
  if (!isAnswer) throw new Error(`a gateway answered something else: ${body.slice(0, 300)}`);
  return rows.map((row) => row?.revision ?? Number.NaN);
}

interface Answered {
  readonly customerId: string;
  readonly revision: number;
}
