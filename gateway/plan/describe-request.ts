/** What stands in the box of one request, as lines of bounded length. */
import type { Requirement, Selection } from "./plan.ts";
import { printRequirements, printSelections } from "./print-selections.ts";
import type { FetchGroup, ScheduledRequest } from "./schedule.ts";

export interface RequestDescription {
  readonly subgraph: string;
  /** `3 fetches` */
  readonly size: string;
  readonly blocks: readonly RequestBlock[];
}

/** One list of representations, or the root: where it belongs, what is sent, what is asked. */
interface RequestBlock {
  readonly lines: readonly RequestLine[];
  /** The same without a limit, for who points at it. */
  readonly full: string;
}

interface RequestLine {
  readonly kind: "name" | "line" | "dim";
  /** Stands at the beginning of the line. */
  readonly label: string;
  /** Where the text begins, in characters. */
  readonly indent: number;
  readonly text: string;
}

/** Of a line with its indent. */
const maxCharacters = 54;
/** Of one text; what is more is counted. */
const maxLines = 7;

/** A block for each of the request's groups, in their order. */
export function describeRequest({ subgraph, groups }: ScheduledRequest): RequestDescription {
  const fetches = groups.reduce((sum, group) => sum + group.fetches.length, 0);
  return { subgraph, size: `${fetches} ${fetches === 1 ? "fetch" : "fetches"}`, blocks: groups.map(describeGroup) };
}

function describeGroup({ fetches }: FetchGroup): RequestBlock {
  const lines: RequestLine[] = [];
  const full: string[] = [];
  for (const { fetch, after } of fetches) {
    const id = `#${fetch.id}`;
    const place = fetch.path.length === 0 ? `the ${fetch.operation}'s root` : fetch.path.join(".");
    const waits = after.length === 0 ? "" : `after ${after.map((other) => `#${other}`).join(" ")}`;
    const indent = id.length + 1;
    lines.push(...hang("name", id, indent, wrap(place, maxCharacters - indent)));
    lines.push(...hang("dim", "", indent, wrap(waits, maxCharacters - indent)));
    full.push(`${id} at ${place} ${waits}`.trimEnd());
  }
  // What is asked is the same for all of them; what a representation is made of may not be.
  const sent = fetches.flatMap(({ fetch }) => (fetch.requires === undefined ? [] : printSent(fetch.requires)));
  const [first] = fetches;
  for (const [label, text] of [
    ...[...new Set(sent)].map((text) => ["sends", text] as const),
    ["asks", printAsked(first?.fetch.selections ?? [])] as const,
  ]) {
    lines.push(...describeText(label, text));
    full.push(`${label} ${text}`);
  }
  return { lines, full: full.join("\n") };
}

const labelWidth = "sends ".length;

function describeText(label: string, text: string): readonly RequestLine[] {
  const wrapped = wrap(text, maxCharacters - labelWidth);
  if (wrapped.length <= maxLines) return hang("line", label, labelWidth, wrapped);
  const more = wrapped.length - maxLines + 1;
  return [
    ...hang("line", label, labelWidth, wrapped.slice(0, maxLines - 1)),
    ...hang("dim", "", labelWidth, [`… ${more} more lines`]),
  ];
}

/** Texts below each other, the label before the first; a label stands even where there is no text. */
function hang(
  kind: RequestLine["kind"],
  label: string,
  indent: number,
  texts: readonly string[],
): readonly RequestLine[] {
  const shown = texts.length === 0 && label !== "" ? [""] : texts;
  return shown.map((text, index) => ({ kind, label: index === 0 ? label : "", indent, text }));
}

/** `Product {price upc}`: a representation has its `__typename` anyway. */
function printSent(requirements: readonly Requirement[]): string {
  return requirements
    .map((requirement) => {
      if (requirement.kind === "field") return printRequirements([requirement]);
      const fields = requirement.selections.filter((field) => field.kind === "fragment" || field.name !== "__typename");
      return `${requirement.on} ${printRequirements(fields)}`;
    })
    .join(" ");
}

/** Selections on entities begin with their type, which is said shorter: `Product {name}`. */
function printAsked(selections: readonly Selection[]): string {
  const types = selections.map((selection) =>
    selection.kind === "fragment" && selection.on !== undefined && selection.directives === ""
      ? `${selection.on} ${printSelections(selection.selections)}`
      : undefined,
  );
  return types.includes(undefined) ? printSelections(selections) : types.join(" ");
}

/** Breaks after a space, a brace or a dot where it can, and anywhere where it must; nothing gets lost but spaces. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  const end = (at: number): void => {
    const ended = line.slice(0, at).trim();
    if (ended !== "") lines.push(ended);
    line = line.slice(at);
  };
  for (const word of text.match(/[^ {.]*[ {.]?/g) ?? []) {
    if (line.length + word.trimEnd().length > width) end(line.length);
    line += word;
    while (line.trimEnd().length > width) end(width);
  }
  end(line.length);
  return lines;
}
