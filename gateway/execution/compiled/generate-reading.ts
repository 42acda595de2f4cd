/** Code that finds a place's objects and reads their fields; shared by collectors and writers. */
import { type Code, literal, property } from "./code.ts";
import { type Link, type Place, type Source, sourcesOf } from "./places.ts";
import { missing } from "./run-state.ts";

/** Variables of one generated function that has a base object: links are opened once, where they are first needed. */
export interface Scope {
  readonly place: Place;
  /** Of the object, when it is known: who delivers nothing of the type is not looked at. */
  readonly type: string | undefined;
  /** The base object's variable. */
  readonly base: string;
  /** The object to read from where a link's subgraph knows no entity; without a node, nothing is there at all. */
  readonly absent: string;
  /** Statements that open links, to stand before the first use. */
  readonly statements: string[];
  readonly entities: Map<Link, string>;
  readonly nodes: Map<Link, string>;
}

export function createScope(place: Place, base: string, absent: string, type?: string): Scope {
  return { place, type, base, absent, statements: [], entities: new Map(), nodes: new Map() };
}

/** The variable that holds a link's node, undefined at run time when the object has none. */
export function nodeVariable(code: Code, scope: Scope, link: Link): string {
  const known = scope.nodes.get(link);
  if (known !== undefined) return known;
  const name = code.fresh("n");
  scope.nodes.set(link, name);
  if (link.constant) scope.statements.push(`const ${name}=run.nodes[${link.fetch.id}][0];`);
  else if (link.host === undefined)
    scope.statements.push(`const ${name}=${scope.base}[${code.constant(link.symbol)}];`);
  else {
    const host = nodeVariable(code, scope, link.host);
    scope.statements.push(`const ${name}=${host}===undefined?undefined:${host}.l${link.fetch.id};`);
  }
  return name;
}

function objectVariable(code: Code, scope: Scope, link: Source): string {
  if (link === "base") return scope.base;
  const known = scope.entities.get(link);
  if (known !== undefined) return known;
  const node = nodeVariable(code, scope, link);
  const name = code.fresh("e");
  scope.entities.set(link, name);
  // Without a value from its context, an entity is never asked for.
  const unasked = link.fetch.contextRewrites.length === 0 ? "" : `||${node}.index<0`;
  const found = `${node}.entity===undefined?${scope.absent}:${node}.entity`;
  scope.statements.push(`const ${name}=${node}===undefined${unasked}?${code.constant(missing)}:${found};`);
  return name;
}

/** An expression for a field's value: the first that is neither null nor missing, null and missing are told apart. */
export function readField(code: Code, scope: Scope, name: string): string {
  if (name === "__typename" && scope.place.type !== undefined) return literal(scope.place.type);
  const reads = sourcesOf(scope.place, name, scope.type).map((source) =>
    property(code, objectVariable(code, scope, source), name),
  );
  if (reads.length === 0) return "undefined";
  if (name !== "__typename") return reads.reduceRight((rest, read) => `${code.constant(firstOf)}(${read},${rest})`);
  const types = code.constant(scope.place.objectTypes);
  return reads.reduceRight((rest, read) => `${code.constant(firstObjectType)}(${types},${read},${rest})`);
}

function firstOf(first: unknown, second: unknown): unknown {
  if (first !== null && first !== undefined) return first;
  return second === undefined ? first : second;
}

/** Behind `@interfaceObject` some subgraphs name the interface; who names an object type knows more. */
function firstObjectType(types: ReadonlySet<string>, first: unknown, second: unknown): unknown {
  return types.has(first as string) || second === undefined || second === null ? first : second;
}

/** Statements that run `body` for each distinct base object at a place; `body` gets the variable's name. */
export function eachObject(code: Code, place: Place, body: (object: string) => string): string {
  const { parent } = place;
  if (parent === undefined) return body("run.root");
  const [source] = sourcesOf(parent, place.name);
  if (source === undefined) return "";
  // There is one source: a composite field with several makes its place a merged one.
  if (source === "base") return eachObject(code, parent, (object) => descend(code, object, place.name, body));
  const node = code.fresh("n");
  const entity = descend(code, `${node}.entity`, place.name, body);
  return `for(const ${node} of run.nodes[${source.fetch.id}]){if(${node}.entity!==undefined){${entity}}}`;
}

/** Lists of any depth are walked; what is no object is passed over. */
function descend(code: Code, object: string, name: string, body: (object: string) => string): string {
  const visit = code.fresh("visit");
  const item = code.fresh("o");
  const index = code.fresh("i");
  code.define(
    visit,
    ["run", item, "state"],
    `if(Array.isArray(${item})){for(let ${index}=0;${index}<${item}.length;${index}++)${visit}(run,${item}[${index}],state)}` +
      `else if(typeof ${item}==="object"&&${item}!==null){${body(item)}}`,
  );
  return `${visit}(run,${property(code, object, name)},state);`;
}
