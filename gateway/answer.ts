/** A run → its answer: kept as a whole, or executed and printed. */
import type { GraphQLError } from "graphql";
import { type Cancellation, type GraphQLOutcome, maxTextLength } from "#http";
import type { AskedResponse, GatewayCache, Invalidated, KeptResponse } from "./cache/index.ts";
import { ageHeader, type CacheHeaderOptions, cacheHeaders } from "./cache-headers.ts";
import { countedCoordinates } from "./counted-coordinates.ts";
import type { ExecutionResult } from "./execution/executor.ts";
import { printLater } from "./execution/print-later.ts";
import { KeptBody } from "./kept-body.ts";
import { deprecatedUses, type Run } from "./run.ts";
import type { DeprecatedUse } from "./usage/deprecation.ts";
import { deprecationHeaders } from "./usage/deprecation-headers.ts";
import { printDeprecations } from "./usage/print-deprecations.ts";

/** All that is told about a run, to one client or to several that asked the same. */
export interface Answered {
  readonly kind: "ok" | "partial" | "failed";
  readonly uses: readonly DeprecatedUse[];
  readonly outcome: GraphQLOutcome;
  /** Values of each coordinate that are in the answer, where the executor counted them. */
  readonly rows: ReadonlyMap<string, number> | undefined;
  /** Resolves when the run is over of which parts come later: to whether those have errors. */
  readonly later?: Promise<boolean>;
}

export interface AnswerOptions extends CacheHeaderOptions {
  /** Undefined where nothing is kept. */
  readonly cache: Pick<GatewayCache, "invalidator"> | undefined;
  propagate(headers: ReadonlyMap<string, string>): ReadonlyMap<string, string>;
}

/** The answer that is kept, if there is one; `due`: there is, and it is to be made anew. Hot: once per request. */
export function findAnswer(run: Run, options: AnswerOptions): Answered | "due" | undefined {
  const { responses } = run.generation;
  if (responses === undefined || run.operation.type !== "query" || run.incremental) return undefined;
  const kept = responses.find(askedResponse(run, options));
  if (kept === undefined || kept === "due") return kept;
  return { kind: "ok", uses: deprecatedUses(run), outcome: keptOutcome(run, kept, options), rows: kept.rows };
}

/** Executes it; keeps the answer when all of its parts may be kept. */
export async function makeAnswer(run: Run, signal: Cancellation, options: AnswerOptions): Promise<Answered> {
  if (run.operation.type === "mutation") return makeMutationAnswer(run, signal, options);
  const { responses } = run.generation;
  if (responses === undefined || run.incremental) return execute(run, signal, options);
  // Of before: what is masked with keys that change meanwhile is nobody's answer.
  const asked = askedResponse(run, options);
  const began = responses.begin();
  let ended = false;
  try {
    return await execute(run, signal, options, (result, text, extensions) => {
      ended = true;
      const kept = responses.keep(asked, began, result.kept, () => ({
        body: new KeptBody(`{"data":${text}`, extensions, result.kept?.entries ?? [], options.now()),
        rows: result.rows,
      }));
      return kept && keptOutcome(run, kept, options);
    });
  } finally {
    if (!ended) responses.giveUp();
  }
}

/** How long a mutation's answer waits for other gateways to hear of it; they are told all the same. */
const othersLimitMs = 300;

/** Whoever gets the answer, and whoever asks after that, reads what it wrote: as far as other gateways answer. */
async function makeMutationAnswer(run: Run, signal: Cancellation, options: AnswerOptions): Promise<Answered> {
  const { cache } = options;
  if (cache === undefined) return execute(run, signal, options);
  const what: Invalidated[] = [];
  try {
    return await execute(run, signal, options, undefined, (effects) => void what.push(...effects));
  } finally {
    if (what.length > 0) await within(cache.invalidator.carryOut({ cause: "mutation", what }), othersLimitMs);
  }
}

function within(work: Promise<unknown>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    timer.unref();
    void work.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function askedResponse(
  { generation, operation, variables, caller, authorisation, request }: Run,
  options: AnswerOptions,
): AskedResponse {
  const headers = options.propagate(request.headers);
  return { operation, variables, caller, authorisation, keyGeneration: generation.keyGeneration(), headers };
}

function keptOutcome(run: Run, kept: KeptResponse, options: AnswerOptions): GraphQLOutcome {
  const headers = { ...deprecationHeaders(deprecatedUses(run)), ...cacheHeaders(run, kept, options) };
  return { body: kept.body.at(options.now()), hasData: true, isKept: true, headers };
}

/** Gets a result without errors, its data and all of its extensions; what it gives is the outcome, if it gives any. */
type Keep = (
  result: ExecutionResult,
  text: string,
  extensions: Readonly<Record<string, unknown>>,
) => GraphQLOutcome | undefined;

async function execute(
  run: Run,
  signal: Cancellation,
  options: Pick<AnswerOptions, "now">,
  keep?: Keep,
  onEffects?: (effects: readonly Invalidated[]) => void,
): Promise<Answered> {
  const { generation, operation, variables, caller, authorisation, request, incremental, isHot } = run;
  const result = await generation.executor.execute({
    query: operation.query,
    document: operation.document,
    operationName: operation.name,
    variables,
    caller,
    signal,
    headers: request.headers,
    decisions: authorisation.kind === "restricted" ? authorisation.decisions : undefined,
    counted: countedCoordinates(authorisation),
    incremental,
    isHot,
    onEffects,
  });
  const { text, errors, deferred, rows, kept } = result;
  const uses = deprecatedUses(run);
  const extend = (): Readonly<Record<string, unknown>> => ({
    ...result.extensions,
    ...(authorisation.kind === "restricted" && authorisation.masked.length > 0 && { masked: authorisation.masked }),
    ...(authorisation.obligations && { obligations: authorisation.obligations }),
    ...(uses.length > 0 && { deprecations: printDeprecations(uses) }),
  });
  if (errors.length === 0 && text !== undefined) {
    const outcome = keep?.(result, text, extend());
    if (outcome !== undefined) return { kind: "ok", uses, rows, outcome };
  }
  const print = (): string => printBody(text, errors, extend(), deferred !== undefined);
  return {
    kind: errors.length === 0 ? "ok" : text === undefined || text === "null" ? "failed" : "partial",
    uses,
    rows,
    outcome: {
      // Callers with one result may be obliged to different things.
      body: result.repeatable && authorisation.obligations === undefined ? repeatedBody(result, print) : print(),
      hasData: text !== undefined,
      headers: { ...deprecationHeaders(uses), ...(kept && ageHeader(kept.bornAt, options.now())) },
      ...(deferred && { more: printLater(deferred.payloads) }),
    },
    ...(deferred && { later: deferred.ended }),
  };
}

/** By result: what else is in a body depends on the operation, its variables and what was decided, as the result does. */
const bodyByResult = new WeakMap<ExecutionResult, string | Uint8Array>();

function repeatedBody(result: ExecutionResult, print: () => string): string | Uint8Array {
  const known = bodyByResult.get(result);
  if (known !== undefined) return known;
  const text = print();
  const body = text.length > maxTextLength ? Buffer.from(text) : text;
  bodyByResult.set(result, body);
  return body;
}

/** The response of the GraphQL specification, section 7.1. The data are text already, so only the rest is printed. */
function printBody(
  text: string | undefined,
  errors: readonly GraphQLError[],
  extensions: Readonly<Record<string, unknown>>,
  hasNext: boolean,
): string {
  const members: string[] = [];
  if (text !== undefined) members.push(`"data":${text}`);
  if (errors.length > 0) members.push(`"errors":${JSON.stringify(errors)}`);
  if (Object.keys(extensions).length > 0) members.push(`"extensions":${JSON.stringify(extensions)}`);
  if (hasNext) members.push('"hasNext":true');
  return `{${members.join(",")}}`;
}
