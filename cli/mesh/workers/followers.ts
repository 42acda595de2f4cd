/**
 * The workers as those who follow the shared supergraph: all of them swap, or none.
 *
 *   prepare: everybody builds ──▶ all did: commit, everybody swaps
 *                              └▶ one cannot: nobody swaps, the reason is told
 *
 * 1. From `prepare` to the end of `commit` nobody joins; who joins is brought to the committed generation first.
 * 2. After `commit` nobody answers from an older generation: who did not swap in time is killed.
 * 3. Who dies while it builds has not said that it cannot: once everybody is there again, it is tried a second time.
 */
import type { Followers, SharedGeneration } from "#gateway";

/** One process that builds and swaps. Every promise rejects with `FollowerLost` when it dies. */
export interface Follower<Rules> {
  readonly name: string;
  prepare(generation: SharedGeneration<Rules>): Promise<void>;
  commit(generation: SharedGeneration<Rules>): Promise<void>;
  release(generation: SharedGeneration<Rules>): Promise<void>;
  kill(reason: string): void;
}

export class FollowerLost extends Error {
  override readonly name = "FollowerLost";
}

export interface FollowersOptions {
  /** Resolves when nobody is missing, or nobody is expected to come back soon. */
  whole(): Promise<void>;
  readonly limits?: Partial<typeof defaultLimits>;
}

/** A build takes a second or two; whoever needs longer than this hangs. */
const defaultLimits = { prepareMs: 60_000, commitMs: 15_000 };

export interface GrowingFollowers<Rules> extends Followers<Rules> {
  /**
   * Before the first commit: it will build with the others. Later: resolves when it serves the committed generation,
   * rejects when it cannot build it.
   */
  join(follower: Follower<Rules>): Promise<void>;
  leave(follower: Follower<Rules>): void;
}

export function createFollowers<Rules>(options: FollowersOptions): GrowingFollowers<Rules> {
  const { prepareMs, commitMs } = { ...defaultLimits, ...options.limits };
  const members = new Set<Follower<Rules>>();
  let committed: SharedGeneration<Rules> | undefined;
  let last: Promise<void> = Promise.resolve();
  let endSwap: () => void = () => undefined;

  /** Resolves when it is this one's turn; the function that it gives ends the turn. */
  const turn = async (): Promise<() => void> => {
    const before = last;
    const mine = Promise.withResolvers<void>();
    last = mine.promise;
    await before;
    return mine.resolve;
  };

  const askAll = async (
    ask: (follower: Follower<Rules>) => Promise<void>,
    limitMs: number,
  ): Promise<ReadonlyMap<Follower<Rules>, unknown>> => {
    const failures = new Map<Follower<Rules>, unknown>();
    await Promise.all(
      [...members].map(async (follower) => {
        try {
          await inTime(follower, ask(follower), limitMs);
        } catch (error) {
          failures.set(follower, error);
        }
      }),
    );
    return failures;
  };

  const build = async (generation: SharedGeneration<Rules>): Promise<void> => {
    if (members.size === 0) throw new FollowerLost("no worker is there to build it");
    const asked = members.size;
    const failures = await askAll((follower) => follower.prepare(generation), prepareMs);
    const errors = [...failures].map(([{ name }, error]) => ({ name, error, reason: reasonOf(error) }));
    const [first] = errors.filter(({ error }) => !(error instanceof FollowerLost));
    if (first !== undefined) {
      const isSame = errors.length === asked && errors.every(({ reason }) => reason === first.reason);
      throw isSame ? first.error : new Error(`${first.name}: ${first.reason}`, { cause: first.error });
    }
    if (errors[0] !== undefined) throw errors[0].error;
  };

  return {
    async prepare(generation) {
      for (let attempt = 1; ; attempt++) {
        const end = await turn();
        try {
          await build(generation);
          endSwap = end;
          return;
        } catch (error) {
          end();
          if (!(error instanceof FollowerLost) || committed === undefined || attempt === 2) throw error;
          await askAll((follower) => follower.release(generation), commitMs);
          await options.whole();
        }
      }
    },
    async commit(generation) {
      const isFirst = committed === undefined;
      committed = generation;
      const failures = await askAll((follower) => follower.commit(generation), commitMs);
      endSwap();
      // A port that is taken, say.
      if (isFirst) for (const error of failures.values()) throw error;
      for (const [follower, error] of failures) follower.kill(`it did not take over the new graph: ${reasonOf(error)}`);
    },
    async release(generation) {
      // Without a limit: a request may take as long as it likes. Who dies has released everything.
      await Promise.allSettled([...members].map((follower) => follower.release(generation)));
    },
    async join(follower) {
      if (committed === undefined) {
        members.add(follower);
        return;
      }
      const end = await turn();
      try {
        await inTime(follower, follower.prepare(committed), prepareMs);
        await inTime(follower, follower.commit(committed), commitMs);
        members.add(follower);
      } finally {
        end();
      }
    },
    leave: (follower) => void members.delete(follower),
  };
}

/** Whoever lets others wait for longer is killed, which ends what it was asked. */
async function inTime<Rules>(follower: Follower<Rules>, asked: Promise<void>, limitMs: number): Promise<void> {
  const timer = setTimeout(() => follower.kill(`it did not answer within ${limitMs} ms`), limitMs);
  try {
    await asked;
  } finally {
    clearTimeout(timer);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
