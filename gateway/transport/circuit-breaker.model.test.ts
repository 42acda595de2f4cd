/** Random requests, ends and waits against a plain reading of the specification in `circuit-breaker.ts`. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { CircuitBreaker, type CircuitBreakerOptions, type CircuitState, type Verdict } from "./circuit-breaker.ts";

/** The specification, without a ring of slices or numbers of periods: everything that happened, asked again each time. */
interface Model {
  state: CircuitState;
  now: number;
  openedAt: number;
  /** Ends that count, with when they came. */
  ends: { readonly at: number; readonly verdict: Verdict }[];
  /** Admitted and not ended; `stale` when the state has changed since. */
  underWay: { readonly admission: number; stale: boolean }[];
  hasTrial: boolean;
}

interface Real {
  now: number;
  readonly breaker: CircuitBreaker;
  readonly told: CircuitState[];
}

type Command = fc.Command<Model, Real>;

function enter(model: Model, state: CircuitState): void {
  model.state = state;
  model.hasTrial = false;
  for (const request of model.underWay) request.stale = true;
  if (state === "open") model.openedAt = model.now;
  if (state === "closed") model.ends = [];
}

class Ask implements Command {
  readonly #options: CircuitBreakerOptions;
  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
  }
  check(): boolean {
    return true;
  }
  run(model: Model, real: Real): void {
    if (model.state === "open" && model.now >= model.openedAt + this.#options.openMs) enter(model, "half-open");
    const isAdmitted = model.state === "closed" || (model.state === "half-open" && !model.hasTrial);
    const admission = real.breaker.admit();
    expect(admission !== undefined).toBe(isAdmitted);
    if (admission !== undefined) {
      if (model.state === "half-open") model.hasTrial = true;
      model.underWay.push({ admission, stale: false });
    }
    expect(real.breaker.state).toBe(model.state);
  }
  toString(): string {
    return "ask";
  }
}

class End implements Command {
  readonly #options: CircuitBreakerOptions;
  readonly #which: number;
  readonly #verdict: Verdict;
  constructor(options: CircuitBreakerOptions, which: number, verdict: Verdict) {
    this.#options = options;
    this.#which = which;
    this.#verdict = verdict;
  }
  check(model: Readonly<Model>): boolean {
    return model.underWay.length > 0;
  }
  run(model: Model, real: Real): void {
    const [request] = model.underWay.splice(this.#which % model.underWay.length, 1);
    if (request === undefined) return;
    if (!request.stale) this.#judge(model);
    real.breaker.end(request.admission, this.#verdict);
    expect(real.breaker.state).toBe(model.state);
  }
  #judge(model: Model): void {
    const verdict = this.#verdict;
    if (model.state === "half-open") {
      if (verdict === "none") model.hasTrial = false;
      else enter(model, verdict === "success" ? "closed" : "open");
      return;
    }
    if (verdict === "none") return;
    model.ends.push({ at: model.now, verdict });
    if (verdict === "success") return;
    const { windowMs, minRequests, failureRate } = this.#options;
    const sliceOf = (at: number): number => Math.floor(at / (windowMs / 10));
    const counted = model.ends.filter(({ at }) => sliceOf(at) > sliceOf(model.now) - 10);
    const failures = counted.filter((end) => end.verdict === "failure").length;
    if (counted.length >= minRequests && failures / counted.length >= failureRate) enter(model, "open");
  }
  toString(): string {
    return `end ${this.#which} with ${this.#verdict}`;
  }
}

class Wait implements Command {
  readonly #ms: number;
  constructor(ms: number) {
    this.#ms = ms;
  }
  check(): boolean {
    return true;
  }
  run(model: Model, real: Real): void {
    model.now += this.#ms;
    real.now += this.#ms;
    expect(real.breaker.state).toBe(model.state);
  }
  toString(): string {
    return `wait ${this.#ms} ms`;
  }
}

const options: CircuitBreakerOptions = { failureRate: 0.5, minRequests: 4, windowMs: 1_000, openMs: 300 };

it("does what its specification says, whatever happens in whichever order", () => {
  const visited = new Set<CircuitState>();
  const verdict = fc.oneof(
    { weight: 4, arbitrary: fc.constant<Verdict>("failure") },
    { weight: 3, arbitrary: fc.constant<Verdict>("success") },
    { weight: 1, arbitrary: fc.constant<Verdict>("none") },
  );
  const commands = fc.commands(
    [
      fc.constant(new Ask(options)),
      fc.tuple(fc.nat(20), verdict).map(([which, of]) => new End(options, which, of)),
      fc.oneof(fc.integer({ min: 1, max: 120 }), fc.constantFrom(299, 300, 1_000)).map((ms) => new Wait(ms)),
    ],
    { maxCommands: 200, size: "max" },
  );
  fc.assert(
    fc.property(commands, fc.nat(5_000), (run, startedAt) => {
      fc.modelRun(() => {
        const told: CircuitState[] = [];
        const onChange = (state: CircuitState): void => {
          told.push(state);
          visited.add(state);
        };
        const real: Real = { now: startedAt, told, breaker: new CircuitBreaker(options, () => real.now, onChange) };
        const model: Model = {
          state: "closed",
          now: startedAt,
          openedAt: 0,
          ends: [],
          underWay: [],
          hasTrial: false,
        };
        return { model, real };
      }, run);
    }),
    { numRuns: 500 },
  );
  // Otherwise the commands would have shown nothing.
  expect([...visited].sort()).toEqual(["closed", "half-open", "open"]);
});

it("tells of every change of state, once", () => {
  let now = 0;
  const told: CircuitState[] = [];
  const breaker = new CircuitBreaker(
    options,
    () => now,
    (state) => told.push(state),
  );
  const end = (verdict: Verdict): void => {
    const admission = breaker.admit();
    if (admission === undefined) throw new Error("refused");
    breaker.end(admission, verdict);
  };
  for (let count = 0; count < 4; count++) end("failure");
  expect(breaker.admit()).toBeUndefined();
  now = 300;
  end("failure");
  expect(breaker.admit()).toBeUndefined();
  now = 600;
  end("success");
  expect(told).toEqual(["open", "half-open", "open", "half-open", "closed"]);
});
