/**
 * What policies cost: loading many of them over a large graph, and one decision for callers who are new, alike and known.
 * Milliseconds and CPU time (of all threads) of each step, the median of some rounds; nanoseconds of a decision.
 *
 *   npm run -s node -- bench/policies/main.ts [policies] [fields] [rounds]
 */
import { parse } from "graphql";
import { type Caller, createRules, lintPolicies, readGovernedCoordinates, readPolicies } from "#policies";
import { median } from "../load.ts";
import { manyFields, manyPolicies } from "./many.ts";

const [policyCount = 1_000, fieldCount = 2_000, rounds = 7] = process.argv.slice(2).map(Number);
const texts = manyPolicies(policyCount);
const sdl = manyFields(fieldCount);
const steps = new Map<string, { readonly ms: number; readonly cpuMs: number }[]>();
let evaluations = 0;

function timed<T>(step: string, run: () => T): T {
  const start = performance.now();
  const before = process.cpuUsage();
  const result = run();
  const { user, system } = process.cpuUsage(before);
  steps.set(step, [...(steps.get(step) ?? []), { ms: performance.now() - start, cpuMs: (user + system) / 1_000 }]);
  return result;
}

function load(): ReturnType<typeof createRules> {
  return timed("all of it", () => {
    const policies = timed("read and check the documents", () =>
      texts.flatMap((text, index) => readPolicies(text, `policies-${index}.yaml`).policies),
    );
    // A document that was parsed anew, since what is read from one is remembered.
    const document = timed("parse the graph", () => parse(sdl, { noLocation: true }));
    const coordinates = timed("read its fields", () => readGovernedCoordinates(document));
    timed("find what is wrong with the policies", () => lintPolicies(policies, coordinates));
    return timed("make the rules", () => createRules(policies, coordinates, { onEvaluate: () => evaluations++ }));
  });
}

let rules = load();
for (let round = 1; round < rounds; round++) rules = load();

let callers = 0;
const caller = (region: string): Caller => ({
  principal: {
    id: `caller-${callers++}`,
    kind: "user",
    roles: ["role1", "role7", "other"],
    purposes: [],
    attributes: { region, team: callers },
  },
  purpose: "purpose3",
});

function nanosecondsPerDecision(
  asking: () => Caller,
  repeat: number,
): { readonly ns: number; readonly evaluated: number } {
  evaluations = 0;
  const start = performance.now();
  let decided = 0;
  for (let round = 0; round < repeat; round++) {
    const who = asking();
    for (const coordinate of rules.coordinates) if (rules.get(coordinate)?.decide(who) !== undefined) decided++;
  }
  return { ns: ((performance.now() - start) * 1e6) / decided, evaluated: evaluations };
}

console.log(`${policyCount} policies, ${fieldCount} fields, ${rules.coordinates.length} of them governed\n`);
console.log("| step | ms | CPU ms |\n| --- | --- | --- |");
for (const [step, times] of steps) {
  const [ms, cpuMs] = [median(times.map((each) => each.ms)), median(times.map((each) => each.cpuMs))];
  console.log(`| ${step} | ${ms.toFixed(0)} | ${cpuMs.toFixed(0)} |`);
}
console.log("\n| one decision for | ns | conditions evaluated |\n| --- | --- | --- |");
let regions = 0;
const known = caller("West");
for (const [who, asking, repeat] of [
  ["a caller of a new class", () => caller(`R${regions++}`), 11],
  ["another caller of a known class", () => caller("R0"), 200],
  ["a caller who asked before", () => known, 2_000],
] as const) {
  nanosecondsPerDecision(asking, 1);
  const { ns, evaluated } = nanosecondsPerDecision(asking, repeat);
  console.log(`| ${who} | ${ns.toFixed(0)} | ${evaluated} |`);
}
