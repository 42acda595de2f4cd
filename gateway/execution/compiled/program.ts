/** A schedule and an answer shape in, a program out: everything that does not depend on the request is done here. */
import { type GraphQLSchema, isAbstractType, isObjectType } from "graphql";
import type { MaskSetup } from "#policies";
import type { GenerationCache } from "../../cache/index.ts";
import type { PlannedOperation } from "../../plan/planner.ts";
import { renameVariables } from "../../plan/rename-variables.ts";
import { onePart, type PartOf, type Schedule, type ScheduledRequest, schedule } from "../../plan/schedule.ts";
import { turnOfOthers } from "../../turn-of-others.ts";
import type { Decisions } from "../executor.ts";
import { type AnswerParts, findParts } from "./answer-parts.ts";
import { buildAnswerShape, type ObjectShape } from "./answer-shape.ts";
import type { StepCaching } from "./cached-step.ts";
import { createCode } from "./code.ts";
import { type ContextGroup, groupByContext } from "./context-values.ts";
import { createCopy } from "./copy-marked.ts";
import { generateCollector } from "./generate-collectors.ts";
import { generateWriters } from "./generate-writers.ts";
import { describeEffects, type MutationEffects } from "./mutation-effects.ts";
import { buildPlaces, type Link, type Places } from "./places.ts";
import { createRequestText, type RequestText } from "./request-text.ts";
import type { RunState } from "./run-state.ts";

export interface Program {
  readonly schedule: Schedule;
  readonly places: Places;
  readonly shape: ObjectShape;
  /** In the order in which they may start at the earliest. */
  readonly steps: readonly Step[];
  /** JSON text of `data`; throws `anomaly` when the answer has to be completed carefully. Prepares itself if need be. */
  readonly write: (run: RunState) => string;
  /** Makes the functions that `write` consists of: some milliseconds for a deep operation, worth it for the second answer. */
  prepare(): void;
  /** Whether equal answers of subgraphs mean an equal answer, and asking has no effect. */
  readonly replayable: boolean;
  /** Whether some of what it asks for may be kept. */
  readonly isCached: boolean;
  /** Coordinates whose values are counted, in the order of `RunState.counts`. */
  readonly counted: readonly string[];
  /** Undefined when nothing comes later. */
  readonly deferral: Deferral | undefined;
}

/** What each part of an answer waits for, by index in `steps`. */
export interface Deferral {
  readonly beginning: ReadonlySet<number>;
  /** By id of the fragment. */
  readonly fragments: ReadonlyMap<number, ReadonlySet<number>>;
  readonly selected: AnswerParts["selected"];
}

/** A request and its place among the others, by index in `steps`. */
interface Step {
  readonly request: ProgramRequest;
  readonly waitsFor: readonly number[];
  readonly awaitedBy: readonly number[];
}

export interface ProgramRequest {
  readonly subgraph: string;
  readonly text: RequestText;
  readonly groups: readonly ProgramGroup[];
  /** For fetches whose arguments come from a context. */
  readonly contextLink: ContextLink | undefined;
  /** Where answers are kept; undefined where none may be. */
  readonly caching: StepCaching | undefined;
  /** What a mutation's answer says that it changed; undefined for everything else, and where nothing is kept. */
  readonly effects: MutationEffects | undefined;
}

export interface ContextLink {
  group(run: RunState): readonly ContextGroup[];
  /** The text for so many sets of values, and what the variable of one of them is called. */
  textFor(sets: number): { readonly text: RequestText; variableName(name: string, set: number): string };
}

export interface ProgramGroup {
  readonly links: readonly ProgramLink[];
}

interface ProgramLink {
  readonly link: Link;
  /** Fills `run.nodes`; undefined for fetches without representations. */
  readonly collect: ((run: RunState) => void) | undefined;
}

export interface ProgramInput {
  readonly apiSchema: GraphQLSchema;
  readonly supergraphSchema: GraphQLSchema;
  readonly planned: PlannedOperation;
  readonly decisions: Decisions;
  readonly counted: readonly string[];
  readonly masks: MaskSetup;
  /** Where answers of subgraphs are kept, if anywhere. */
  readonly cache?: Pick<GenerationCache, "shelfOf" | "facts"> | undefined;
}

/**
 * Costs a millisecond or two for a deep operation, ten for one that asks for hundreds of fields at dozens of places:
 * whoever waits for something else gets a turn between its parts.
 */
export async function compileProgram(input: ProgramInput): Promise<Program> {
  const { planned } = input;
  const together = await describeAnswer(input, onePart);
  const parts = findParts(together.shape, together.scheduled);
  const { scheduled, places, shape } = parts === undefined ? together : await describeAnswer(input, parts.partOf);
  const writerCode = createCode();
  const writers = generateWriters(writerCode, shape, input.counted);
  await turnOfOthers();
  const code = createCode();
  const collectors = new Map<Link, string>();
  for (const link of places.linkById.values()) {
    if (link.constant) continue;
    const collectorInput = { code, schema: input.supergraphSchema, memosOf: (of: Link) => writers.memos.get(of) ?? [] };
    collectors.set(link, generateCollector(collectorInput, link));
  }
  await turnOfOthers();
  const collect = code.build<(run: RunState) => void>([...collectors.values()]);
  const { write, prepare } = whenNeeded(() => writerCode.build<Program["write"]>([writers.root]));
  const collectorByLink = new Map([...collectors.keys()].map((link, index) => [link, collect[index]]));

  const request = (from: ScheduledRequest): ProgramRequest => ({
    subgraph: from.subgraph,
    text: createRequestText(from, planned.plan.name),
    contextLink: createContextLink(from, places, input),
    caching: planCaching(from, places, input),
    effects: effectsOf(from, input),
    groups: from.groups.map(({ fetches }) => ({
      links: fetches.map(({ fetch }) => {
        const link = places.linkById.get(fetch.id);
        if (link === undefined) throw new Error(`Fetch #${fetch.id} has no place.`);
        return { link, collect: collectorByLink.get(link) };
      }),
    })),
  });
  const steps = orderSteps(scheduled, request, planned.plan.operation === "mutation");
  const deferral = parts && findDeferral(steps, findParts(shape, scheduled) ?? parts);
  const replayable = planned.plan.operation === "query" && steps.length > 0 && deferral === undefined;
  const isCached = steps.some((step) => step.request.caching !== undefined);
  const { counted } = input;
  return { schedule: scheduled, places, shape, steps, write, prepare, replayable, isCached, counted, deferral };
}

function whenNeeded(build: () => readonly Program["write"][]): Pick<Program, "write" | "prepare"> {
  let made: Program["write"] | undefined;
  const prepare = (): void => {
    made ??= build()[0];
  };
  const write: Program["write"] = (run) => {
    prepare();
    if (made === undefined) throw new Error("The generated program has no writer.");
    return made(run);
  };
  return { write, prepare };
}

interface DescribedAnswer {
  readonly scheduled: Schedule;
  readonly places: Places;
  readonly shape: ObjectShape;
}

async function describeAnswer(input: ProgramInput, partOf: PartOf): Promise<DescribedAnswer> {
  const { planned } = input;
  const scheduled = schedule(planned.plan, partOf);
  const places = buildPlaces(
    scheduled,
    planned.knownTypes,
    objectTypesOf(input.supergraphSchema),
    (condition) => objectTypesBehind(input.supergraphSchema, condition),
    partOf,
  );
  await turnOfOthers();
  const shape = buildAnswerShape({
    schema: input.apiSchema,
    document: planned.document,
    operation: planned.operation,
    names: planned.names,
    root: places.root,
    decisions: input.decisions,
    masks: input.masks,
  });
  await turnOfOthers();
  return { scheduled, places, shape };
}

function findDeferral(steps: readonly Step[], { beginning, fragments, selected }: AnswerParts): Deferral {
  const stepsFor = (fetches: ReadonlySet<number>): ReadonlySet<number> => {
    const asks = ({ request }: Step): boolean =>
      request.groups.some(({ links }) => links.some(({ link }) => fetches.has(link.fetch.id)));
    return new Set(steps.flatMap((step, index) => (asks(step) ? [index] : [])));
  };
  return {
    beginning: stepsFor(beginning),
    fragments: new Map([...fragments].map(([id, fetches]) => [id, stepsFor(fetches)])),
    selected,
  };
}

function effectsOf(
  { groups: [group] }: ScheduledRequest,
  { cache, supergraphSchema }: ProgramInput,
): MutationEffects | undefined {
  const fetch = group?.fetches[0]?.fetch;
  return cache && fetch && describeEffects(fetch, supergraphSchema, cache.facts.keys);
}

/** What follows a mutation has to read what it wrote, so nothing of it is looked up. */
function planCaching(
  { groups }: ScheduledRequest,
  places: Places,
  { cache, planned }: ProgramInput,
): StepCaching | undefined {
  if (cache === undefined || planned.plan.operation !== "query") return undefined;
  const fetches = groups.flatMap((group) => group.fetches[0]?.fetch ?? []);
  if (fetches.some(({ contextRewrites }) => contextRewrites.length > 0)) return undefined;
  const shelves = fetches.map((fetch) => cache.shelfOf(fetch));
  if (shelves.every((shelf) => shelf === undefined)) return undefined;
  const copies = fetches.map(({ id }) => {
    const link = places.linkById.get(id);
    return link && createCopy(link);
  });
  return { shelves, copies };
}

function createContextLink(
  from: ScheduledRequest,
  places: Places,
  { planned, supergraphSchema }: ProgramInput,
): ContextLink | undefined {
  const fetch = from.groups[0]?.fetches[0]?.fetch;
  const link = fetch && places.linkById.get(fetch.id);
  if (fetch === undefined || link === undefined || fetch.contextRewrites.length === 0) return undefined;
  const names = new Set(fetch.contextRewrites.map(({ to }) => to));
  const variableName = (name: string, set: number): string => `${name}_${set}`;
  const texts = new Map<number, RequestText>();
  return {
    group: (run) => groupByContext(run, link, supergraphSchema),
    textFor(sets) {
      const text =
        texts.get(sets) ??
        createRequestText(
          {
            subgraph: from.subgraph,
            groups: Array.from({ length: sets }, (_, set) => ({
              fetches: [
                {
                  fetch: renameVariables(fetch, new Map([...names].map((name) => [name, variableName(name, set)]))),
                  after: [],
                },
              ],
            })),
          },
          planned.plan.name,
        );
      texts.set(sets, text);
      return { text, variableName };
    },
  };
}

const objectTypesBySchema = new WeakMap<GraphQLSchema, ReadonlySet<string>>();

function objectTypesBehind(schema: GraphQLSchema, condition: string): ReadonlySet<string> {
  const type = schema.getType(condition);
  if (!isAbstractType(type)) return new Set([condition]);
  return new Set(schema.getPossibleTypes(type).map(({ name }) => name));
}

function objectTypesOf(schema: GraphQLSchema): ReadonlySet<string> {
  const known = objectTypesBySchema.get(schema);
  if (known !== undefined) return known;
  const names = new Set(Object.values(schema.getTypeMap()).flatMap((type) => (isObjectType(type) ? type.name : [])));
  objectTypesBySchema.set(schema, names);
  return names;
}

/** The requests of a mutation wait for all earlier waves. Hosted links stand behind their hosts and wait for no less. */
function orderSteps(
  scheduled: Schedule,
  create: (request: ScheduledRequest) => ProgramRequest,
  serial: boolean,
): readonly Step[] {
  const stepById = new Map<number, number>();
  const all: { readonly request: ProgramRequest; readonly waitsFor: number[]; readonly awaitedBy: number[] }[] = [];
  for (const wave of scheduled.waves) {
    const before = all.map((_, index) => index);
    for (const from of wave) {
      const request = create(from);
      const index = all.length;
      const waitsFor = new Set(serial ? before : []);
      const awaitSteps = (ids: readonly number[]): void => {
        for (const id of ids) {
          const step = stepById.get(id);
          if (step !== undefined && step !== index) waitsFor.add(step);
        }
      };
      for (const { fetches } of from.groups) for (const { after } of fetches) awaitSteps(after);
      for (const { links } of request.groups) {
        for (const { link } of links) {
          const host = link.host && stepById.get(link.host.fetch.id);
          if (host === undefined || host === index) continue;
          // The host's nodes must be there. If it is in an earlier wave, wait for it; beside it, for what it waits for.
          if (before.includes(host)) waitsFor.add(host);
          else for (const step of all[host]?.waitsFor ?? []) waitsFor.add(step);
        }
      }
      all.push({ request, waitsFor: [...waitsFor], awaitedBy: [] });
      for (const { fetches } of from.groups) for (const { fetch } of fetches) stepById.set(fetch.id, index);
    }
  }
  all.forEach(({ waitsFor }, index) => {
    for (const step of waitsFor) all[step]?.awaitedBy.push(index);
  });
  return all;
}
