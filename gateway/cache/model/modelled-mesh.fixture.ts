/**
 * A mesh small enough to try every order of what happens in it: a source with rows that have versions, a storage that
 * gateways share, gateways that tell each other, and events that come late, twice and in any order. Everything that can
 * happen between two moments is a step of the scheduler; time passes only when nothing else is left, or when it is told to.
 */
import type { Scheduler } from "fast-check";
import { expect, vi } from "vitest";
import { Cancel } from "#http";
import { anonymous } from "#policies";
import { silentLogger } from "../../observability/logger.ts";
import { createMetrics } from "../../observability/metrics.ts";
import { MutationFence } from "../../transport/flights.ts";
import { CacheCore } from "../cache-core.ts";
import { defaultCacheOptions } from "../cache-options.ts";
import { type Coherence, isolatedMs, leaseMs, type Notice } from "../coherence/coherence.ts";
import type { Entry } from "../entry.ts";
import * as scope from "../fence/scopes.ts";
import { MemoryStorage } from "../shared/memory-storage.fixture.ts";
import { SharedCache } from "../shared/shared-cache.ts";
import { plainShelf } from "../shelf/plain-shelf.fixture.ts";
import type { Shelf } from "../shelf/shelf.ts";
import { RunKept } from "../step/run-kept.ts";
import { StepLookup } from "../step/step-lookup.ts";

const subgraph = "orders";
const maxAgeSeconds = 30;

/** Two ways of asking for the rows: the row alone, and something made of several rows. */
function createShelf(name: string, isOwn: boolean): Shelf {
  const scopes = [scope.product(subgraph), scope.type(subgraph, "Order"), ...(isOwn ? [] : [scope.changes(subgraph)])];
  return plainShelf({
    id: name,
    hint: { maxAge: maxAgeSeconds, isPrivate: false, limitedBy: "Order" },
    scopes,
    scopesOf: (representation) => [entityScope(representation)],
  });
}

function entityScope(id: string): string {
  return scope.entity(subgraph, "Order", `id ${id}`);
}

interface Member {
  leaseEnd: number;
  isHeard: boolean;
}

export interface ModelledGateway {
  readonly name: string;
  readonly core: CacheCore;
  readonly shelves: readonly Shelf[];
  readonly member: Member;
}

/** What is known about one row. */
interface Row {
  version: number;
  /** The newest version of which everybody has been told that older ones are no longer true. */
  acknowledged: number;
}

export class ModelledMesh {
  readonly storage = new MemoryStorage();
  readonly gateways: readonly ModelledGateway[];
  readonly #rows = new Map<string, Row>();
  readonly #scheduler: Scheduler;
  /** What has been read, for the test to see that something was. */
  readonly reads = { memory: 0, shared: 0, source: 0 };

  constructor(scheduler: Scheduler, gateways: number) {
    this.#scheduler = scheduler;
    this.storage.step = () => this.#step("storage");
    const storage = this.storage;
    Object.defineProperty(storage, "clock", { get: () => Date.now() });
    this.gateways = Array.from({ length: gateways }, (_, index) => this.#createGateway(`gateway ${index}`));
  }

  #step(label: string): Promise<void> {
    return this.#scheduler.schedule(Promise.resolve(), label);
  }

  #createGateway(name: string): ModelledGateway {
    const metrics = createMetrics();
    const now = (): number => Date.now();
    const shared = new SharedCache({ storage: this.storage, keys: undefined, unsharedCategories: [], metrics, now });
    const core = new CacheCore({
      options: defaultCacheOptions,
      mutations: new MutationFence(),
      metrics,
      logger: silentLogger,
      now,
      shared,
    });
    const member: Member = { leaseEnd: Number.POSITIVE_INFINITY, isHeard: true };
    const gateway = { name, core, member, shelves: [createShelf("row", true), createShelf("sum", false)] };
    core.join(this.#coherenceOf(gateway));
    return gateway;
  }

  /** As the port says; who does not hear is waited for until its lease has ended and it is isolated. */
  #coherenceOf(own: ModelledGateway): Coherence {
    return {
      isCurrent: () => Date.now() < own.member.leaseEnd,
      mayKeep: () => true,
      announce: async (notice) => {
        await this.#step("announce");
        const others = this.gateways.filter((gateway) => gateway !== own);
        await Promise.all(others.map((other) => this.#tell(other, notice)));
        return { isComplete: true, acknowledgedBy: others.length };
      },
      close: () => Promise.resolve(),
    };
  }

  async #tell({ core, member }: ModelledGateway, notice: Notice): Promise<void> {
    if (member.isHeard) {
      await this.#step("notice");
      if (member.isHeard) {
        core.listener.onNotice(notice);
        await this.#step("acknowledged");
        return;
      }
    }
    const isolatedFrom = Math.max(Date.now(), member.leaseEnd);
    // Where it joins anew meanwhile, nothing that it kept before is used.
    await until(() => Date.now() >= isolatedFrom + isolatedMs || member.isHeard);
  }

  /** The gateway hears nothing from now on; its lease runs out. */
  isolate({ member }: ModelledGateway): void {
    if (!member.isHeard) return;
    member.isHeard = false;
    member.leaseEnd = Date.now() + leaseMs;
  }

  join({ core, member }: ModelledGateway): void {
    if (member.isHeard) return;
    core.listener.onGap();
    member.isHeard = true;
    member.leaseEnd = Number.POSITIVE_INFINITY;
  }

  #row(id: string): Row {
    const known = this.#rows.get(id) ?? { version: 1, acknowledged: 1 };
    this.#rows.set(id, known);
    return known;
  }

  /** What the source says: of a row its version, of something made of all rows the versions of all. */
  async #ask(shelf: Shelf, ids: readonly string[], slowMs: number): Promise<readonly NonNullable<Entry["value"]>[]> {
    await this.#step("asked");
    const values = ids.map((id) =>
      shelf.id === "row"
        ? { [id]: this.#row(id).version }
        : Object.fromEntries([...this.#rows].map(([each, { version }]) => [each, version])),
    );
    if (slowMs > 0) await pass(slowMs);
    await this.#step("answered");
    return values;
  }

  /** As the engine reads; fails when something is read that was said to be no longer true before the reading began. */
  async read(gateway: ModelledGateway, position: number, ids: readonly string[], slowMs = 0): Promise<void> {
    const shelf = gateway.shelves[position];
    if (shelf === undefined) throw new Error("there is no such shelf");
    const floor = new Map([...this.#rows].map(([id, { acknowledged }]) => [id, acknowledged]));
    const { core } = gateway;
    const kept = new RunKept();
    const run = { variables: {}, caller: anonymous, headers: new Map<string, string>(), signal: new Cancel() };
    const lookup = new StepLookup(core, [shelf], run, kept);
    const check = (value: Entry["value"], from: keyof ModelledMesh["reads"]): void => {
      this.reads[from]++;
      for (const [id, version] of Object.entries(value ?? {})) {
        expect(version, `${gateway.name} read ${shelf.id} of ${id} from ${from}`).toBeGreaterThanOrEqual(
          floor.get(id) ?? 1,
        );
      }
    };
    const missing = ids.flatMap((id) => {
      const entry = lookup.find(0, id);
      if (entry === undefined) return lookup.missing(0, id) ?? [];
      check(entry.value, "memory");
      return [];
    });
    lookup.due();
    if (missing.length === 0) return;
    const fill = lookup.begin(missing);
    const { found, contested } = (await fill.readShared()) ?? {
      found: new Map<unknown, Entry>(),
      contested: undefined,
    };
    for (const { value } of found.values()) check(value, "shared");
    const fetch = async (open: typeof fill): Promise<void> => {
      const values = await this.#ask(
        shelf,
        open.missing.map(({ representation }) => representation),
        slowMs,
      );
      for (const value of values) check(value, "source");
      open.keep({ values, cacheControl: undefined, age: undefined, about: undefined });
    };
    await Promise.all([
      fill.missing.length > 0 ? fetch(fill) : fill.fail(),
      contested?.waitForOthers().then((later) => {
        for (const { value } of later.values()) check(value, "shared");
        return contested.missing.length > 0 ? fetch(contested) : contested.fail();
      }),
    ]);
  }

  /** A row changes; what tells of it comes to one gateway after the other, as often as is said. */
  async change(id: string, hearers: readonly ModelledGateway[]): Promise<void> {
    await this.#step("change");
    const row = this.#row(id);
    row.version++;
    const { version } = row;
    await Promise.all(
      hearers.map(async ({ core }) => {
        await this.#step("event");
        const scopes = [scope.any(subgraph), scope.changes(subgraph), entityScope(id)];
        const { isComplete } = await core.invalidate({ scopes, versions: new Map() });
        if (isComplete) row.acknowledged = Math.max(row.acknowledged, version);
      }),
    );
  }

  /** Nothing that is kept anywhere is older than what was acknowledged last. */
  async readEverything(): Promise<void> {
    for (const gateway of this.gateways) {
      for (const position of gateway.shelves.keys()) await this.read(gateway, position, [...this.#rows.keys()]);
    }
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pass(50);
}

function pass(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Lets so many steps happen, in the scheduler's order; fewer when there is nothing to happen without time passing. */
export async function runSteps(scheduler: Scheduler, steps: number): Promise<void> {
  for (let step = 0; step < steps; step++) {
    await flush();
    if (scheduler.count() === 0) return;
    await scheduler.waitOne();
  }
  await flush();
}

/** Lets time pass, and in it what only time has kept from happening; steps that wait may be slow. */
export async function passTime(scheduler: Scheduler, ms: number, areSlow: boolean): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end; ) {
    if (!areSlow) await runSteps(scheduler, Number.POSITIVE_INFINITY);
    await vi.advanceTimersByTimeAsync(Math.min(50, end - Date.now()));
  }
}

/** Runs everything that has begun to its end: steps in the scheduler's order, time when there is no step left. */
export async function runToEnd(scheduler: Scheduler, work: Promise<unknown>): Promise<void> {
  let isDone = false;
  const settled = work.finally(() => {
    isDone = true;
  });
  settled.catch(() => undefined);
  while (!isDone) {
    await runSteps(scheduler, Number.POSITIVE_INFINITY);
    if (!isDone) await vi.advanceTimersToNextTimerAsync();
  }
  await settled;
}

async function flush(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
