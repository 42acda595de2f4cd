import type { AskOptions, TestMesh } from "../mesh.ts";

export type Node = Readonly<Record<string, unknown>>;

interface Page {
  readonly nodes: readonly Node[];
  readonly totalCount: number;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** All rows of a root connection, page by page as a consumer reads them; fails when the pages and `totalCount` disagree. */
export async function allNodes(
  mesh: TestMesh,
  field: string,
  selection: string,
  orderBy: string,
  options: AskOptions = {},
): Promise<readonly Node[]> {
  const nodes: Node[] = [];
  let after: string | null = null;
  do {
    const data: Node = await mesh.data(
      `query Page($after: String) {
        ${field}(first: 1000, after: $after, orderBy: [${orderBy}]) {
          totalCount
          pageInfo { hasNextPage endCursor }
          nodes { ${selection} }
        }
      }`,
      { ...options, variables: { after } },
    );
    // The query above asks for exactly this shape, and `data` fails on errors.
    const page = data[field] as Page;
    nodes.push(...page.nodes);
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    if (after === null && nodes.length !== page.totalCount) {
      throw new Error(`${field} has ${page.totalCount} rows in all, but its pages had ${nodes.length}`);
    }
  } while (after !== null);
  return nodes;
}
