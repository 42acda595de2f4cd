/** What a request of a program asks in one run: representations that the collectors have hung on nodes, as JSON text. */
import type { Link } from "./places.ts";
import type { ContextLink, ProgramGroup, ProgramRequest } from "./program.ts";
import { allGroups, type OperationText } from "./request-text.ts";
import type { Node, RunState } from "./run-state.ts";

/** Nodes with equal representations, in one group of a request. */
export interface NodeList {
  readonly group: ProgramGroup;
  /** Position of the group in its request. */
  readonly position: number;
  /** Several nodes where one representation stands for them. */
  readonly nodes: readonly (readonly Node[])[];
}

export interface StepRequest {
  readonly text: OperationText;
  /** Members of the JSON object of variables, without its braces. */
  readonly variables: string;
  /** Empty for a root fetch. */
  readonly lists: readonly SentList[];
}

export interface SentList {
  /** The response name of its `_entities`. */
  readonly key: string;
  readonly group: ProgramGroup;
  /** In the order of the representations. */
  readonly nodes: readonly (readonly Node[])[];
}

type Variables = Readonly<Record<string, unknown>>;

/** Everything that the request can ask for; a group without representations has no list. */
export function listNodes(request: ProgramRequest, state: RunState): readonly NodeList[] {
  return request.groups.flatMap((group, position): readonly NodeList[] => {
    const nodes = distinctNodes(group, (link) => state.nodes[link.fetch.id] ?? []);
    return nodes.length === 0 ? [] : [{ group, position, nodes }];
  });
}

/**
 * The request for these lists; undefined when there is nothing to ask. Tells each node where it stands in the answer, counted
 * from `offset`: one request may be sent in parts.
 */
export function writeRequest(
  { text, groups }: ProgramRequest,
  lists: readonly NodeList[],
  variables: Variables,
  offset = 0,
): StepRequest | undefined {
  if (text.entityKeys.length === 0) {
    const operation = text.forGroups(1);
    return { text: operation, variables: clientVariables(operation, variables, true), lists: [] };
  }
  if (lists.length === 0 || groups.length === 0) return undefined;
  let present = 0;
  let members = "";
  const sent: SentList[] = [];
  for (const { group, position, nodes } of lists) {
    const key = text.entityKeys[position] ?? "";
    present |= 1 << position;
    members += `${members === "" ? "" : ","}"${text.representationNames[position]}":[${writeList(nodes, key, offset)}]`;
    sent.push({ key, group, nodes });
  }
  const operation = text.forGroups(present);
  return { text: operation, variables: members + clientVariables(operation, variables, false), lists: sent };
}

/** One list of representations for each set of context values, each with variables of its own. */
export function writeContextRequest(
  { groups: [group] }: ProgramRequest,
  contextLink: ContextLink,
  state: RunState,
  variables: Variables,
): StepRequest | undefined {
  const contexts = contextLink.group(state);
  if (contexts.length === 0 || group === undefined) return undefined;
  const { text, variableName } = contextLink.textFor(contexts.length);
  const lists: SentList[] = [];
  const members: string[] = [];
  contexts.forEach(({ nodes: ofContext, values }, index) => {
    const key = text.entityKeys[index] ?? "";
    const nodes = distinctNodes(group, () => ofContext);
    if (nodes.length === 0) return;
    lists.push({ key, group, nodes });
    members.push(`"${text.representationNames[index]}":[${writeList(nodes, key, 0)}]`);
    for (const [name, value] of values) members.push(`"${variableName(name, index)}":${value}`);
  });
  const operation = text.forGroups(allGroups);
  return { text: operation, variables: members.join(",") + clientVariables(operation, variables, false), lists };
}

/** The group's nodes, those with equal representations together. */
function distinctNodes(group: ProgramGroup, nodesOf: (link: Link) => readonly Node[]): readonly (readonly Node[])[] {
  const [first, ...others] = group.links;
  if (first === undefined) return [];
  const nodes: Node[][] = [];
  if (others.length === 0 && !first.link.unshared) {
    // The link's nodes differ in their representations already.
    for (const node of nodesOf(first.link)) nodes.push([node]);
    return nodes;
  }
  const byText = new Map<string, Node[]>();
  for (const { link } of group.links) {
    for (const node of nodesOf(link)) {
      const same = byText.get(node.representation);
      if (same !== undefined) same.push(node);
      else {
        const alone = [node];
        byText.set(node.representation, alone);
        nodes.push(alone);
      }
    }
  }
  return nodes;
}

function writeList(nodes: readonly (readonly Node[])[], key: string, offset: number): string {
  let text = "";
  for (let index = 0; index < nodes.length; index++) {
    for (const node of nodes[index] ?? []) {
      node.index = offset + index;
      node.alias = key;
    }
    const representation = nodes[index]?.[0]?.representation ?? "";
    text += index === 0 ? representation : `,${representation}`;
  }
  return text;
}

/** The client's variables that an operation uses and the client gave, as members of a JSON object. */
function clientVariables(operation: OperationText, variables: Variables, isFirst: boolean): string {
  let members = "";
  for (const name of operation.variables) {
    if (!Object.hasOwn(variables, name)) continue;
    const value = JSON.stringify(variables[name]);
    if (value !== undefined) members += `${isFirst && members === "" ? "" : ","}${JSON.stringify(name)}:${value}`;
  }
  return members;
}
