/**
 * Caller views: what the conditions answer for a caller, asked once for all callers whom they cannot tell apart.
 *
 *   caller ── what conditions can see of it ──▶ view ── what they answer ──▶ class ── per coordinate ──▶ verdict
 *
 * A view is the projection of a caller onto the attributes that the conditions read. Conditions that do not ask for the
 * coordinate are evaluated once for a view; their answers name the caller's class. Those that do ask for it are evaluated
 * per coordinate, so what they see of the caller is in the name as well. With 1,000 analysts and policies that name two
 * roles and three purposes there are at most 2² × 4 classes, and usually a handful. For a caller of a known view nothing
 * is evaluated; what depends on the time is asked again when a minute or a term has passed.
 */
import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { ReportFailure, Verdict } from "./decide.ts";
import { type Asked, type ConditionResource, createAsked, minuteMs } from "./policy/asked.ts";
import type { Condition, Standing } from "./policy/condition.ts";
import { nothingVisible, project, seenByAll, type VisibleAttributes } from "./policy/visible-attributes.ts";
import type { Caller } from "./principal.ts";
import type { RowDecision } from "./row-decision.ts";

/** What a condition answers: its standing, or why it has none. */
export type Answer = Standing | { readonly cause: unknown };

export interface CallerView {
  readonly asked: Asked;
  /** Equal for callers who get the same decision for every coordinate; undefined for one who cannot be read. */
  readonly callerClass: string | undefined;
  /** Never throws. */
  answer(condition: Condition, resource: ConditionResource): Answer;
  /** Passes a failure on, each policy's once. */
  report(policy: string, cause: unknown): void;
  /** By coordinate; shared by the views of a class. */
  readonly verdicts: Map<string, Verdict>;
  readonly shadowVerdicts: Map<string, Verdict>;
  /** By type. The values of a filter may differ within a class, so they belong to the view. */
  readonly rows: Map<string, RowDecision>;
}

export interface CallerViewsOptions {
  readonly conditions: readonly Condition[];
  /** What else verdicts depend on; `rows`: what row decisions depend on. */
  readonly alsoSeen: { readonly verdicts: VisibleAttributes; readonly rows: VisibleAttributes };
  readonly now: () => number;
  readonly maxCallerClasses: number;
  /** Called whenever a condition is evaluated. */
  readonly onEvaluate: () => void;
  readonly reportFailure: ReportFailure;
}

/** Never throws. Hot: once per caller and governed field; one look-up for a caller object that asked before. */
export function createCallerViews(options: CallerViewsOptions): (caller: Caller) => CallerView {
  const { conditions, alsoSeen, now, maxCallerClasses, onEvaluate, reportFailure } = options;
  const ofAll = conditions.filter(({ readsResource }) => !readsResource);
  const ofCoordinates = conditions.filter(({ readsResource }) => readsResource);
  const seenInClass = seenByAll([alsoSeen.verdicts, ...ofCoordinates.map(({ sees }) => sees)]);
  const seen = seenByAll([seenInClass, alsoSeen.rows, ...ofAll.map(({ sees }) => sees)]);
  const boundaries = [...new Set(conditions.flatMap((condition) => condition.boundaries))].sort((a, b) => a - b);

  const views = new LRUCache<string, CallerView>({ max: maxCallerClasses * 4 });
  const verdictsByClass = new LRUCache<string, Pick<CallerView, "verdicts" | "shadowVerdicts">>({
    max: maxCallerClasses,
  });
  const byCaller = new WeakMap<Caller, { readonly view: CallerView; readonly untilMs: number }>();

  /** The time as far as it matters: a name for it, and when it becomes another one. */
  const periodOf = (nowMs: number): { readonly name: string; readonly untilMs: number } => {
    const passed = boundaries.filter((boundary) => boundary <= nowMs).length;
    const nextBoundary = boundaries[passed] ?? Number.POSITIVE_INFINITY;
    if (!seen.time) return { name: String(passed), untilMs: nextBoundary };
    const minute = Math.floor(nowMs / minuteMs);
    return { name: `${passed}.${minute}`, untilMs: Math.min(nextBoundary, (minute + 1) * minuteMs) };
  };

  const createView = (caller: Caller, nowMs: number, period: string, readable: boolean): CallerView => {
    const asked = createAsked(caller, nowMs);
    const answers = new Map<Condition, Answer>();
    const ask = (condition: Condition, resource: ConditionResource): Answer => {
      onEvaluate();
      try {
        return condition.standing(asked, resource);
      } catch (cause) {
        return { cause };
      }
    };
    const answer: CallerView["answer"] = (condition, resource) => {
      if (condition.readsResource) return ask(condition, resource);
      const known = answers.get(condition) ?? ask(condition, undefined);
      answers.set(condition, known);
      return known;
    };
    const reported = new Set<string>();
    const report = (policy: string, cause: unknown): void => {
      if (reported.has(policy)) return;
      reported.add(policy);
      reportFailure(policy, cause);
    };
    const rows = new Map<string, RowDecision>();
    if (!readable) {
      return { asked, callerClass: undefined, answer, report, verdicts: new Map(), shadowVerdicts: new Map(), rows };
    }
    const vector = ofAll.map((condition) => {
      const given = answer(condition, undefined);
      return typeof given === "string" ? given.charAt(0) : "!";
    });
    const rest = seenInClass === nothingVisible ? "" : project(caller, seenInClass);
    const time = seenInClass.time || ofCoordinates.some((condition) => condition.boundaries.length > 0) ? period : "";
    const callerClass = createHash("sha256")
      .update(`${vector.join("")} ${time} ${rest}`)
      .digest("base64url");
    const shared = verdictsByClass.get(callerClass) ?? { verdicts: new Map(), shadowVerdicts: new Map() };
    verdictsByClass.set(callerClass, shared);
    return { asked, callerClass, answer, report, ...shared, rows };
  };

  return (caller) => {
    const known = byCaller.get(caller);
    if (known !== undefined && (known.untilMs === Number.POSITIVE_INFINITY || now() < known.untilMs)) return known.view;
    const nowMs = now();
    const { name, untilMs } = periodOf(nowMs);
    let key: string;
    try {
      key = `${name} ${project(caller, seen)}`;
    } catch {
      return createView(caller, nowMs, name, false);
    }
    let view = views.get(key);
    if (view === undefined) {
      view = createView(caller, nowMs, name, true);
      views.set(key, view);
    }
    byCaller.set(caller, { view, untilMs });
    return view;
  };
}
