/** What gateways share, in the memory of one process: for tests that need many of them, or a server that does as it is told. */
import { RedisUnavailable } from "#redis";
import { type AnnouncedVersion, laterOf } from "../fence/known-versions.ts";
import type {
  FenceInvalidation,
  FenceQuestion,
  SharedAnswer,
  SharedStorage,
  SharedUsage,
  StoredKey,
  StoredValue,
} from "./shared-storage.ts";

interface Fences {
  readonly epoch: string;
  readonly counts: Map<string, number>;
  version: AnnouncedVersion | undefined;
}

export class MemoryStorage implements SharedStorage {
  /** Milliseconds; tests move it. */
  clock = 1_000_000;
  isDown = false;
  isFull = false;
  /** Awaited before each step of an operation, so that a test can order the steps of several. */
  step: () => Promise<void> = () => Promise.resolve();
  readonly values = new Map<string, { bytes: Buffer; until: number }>();
  readonly #fences = new Map<string, Fences>();
  readonly #indexes = new Map<string, Set<string>>();
  readonly #leases = new Map<string, number>();
  #epochs = 0;

  get isResting(): boolean {
    return false;
  }

  /** As if the server had been replaced by a former copy of itself. */
  loseFences(): void {
    this.#fences.clear();
  }

  flush(): void {
    this.values.clear();
    this.#fences.clear();
    this.#indexes.clear();
    this.#leases.clear();
  }

  async #enter(): Promise<void> {
    await this.step();
    if (this.isDown) throw new RedisUnavailable("unreachable");
  }

  async read(keys: readonly StoredKey[], questions: readonly FenceQuestion[]): Promise<SharedAnswer> {
    await this.#enter();
    const values = keys.map((key) => {
      const found = this.values.get(nameOf(key));
      return found !== undefined && found.until > this.clock ? found.bytes : undefined;
    });
    await this.#enter();
    const fences = questions.map(({ owner, fields }) => {
      const { epoch, counts, version } = this.#fencesOf(owner);
      return { epoch, counts: fields.map((field) => String(counts.get(field) ?? "")), version };
    });
    return { values, fences, now: this.clock };
  }

  #fencesOf(owner: string): Fences {
    const known = this.#fences.get(owner) ?? {
      epoch: `epoch ${++this.#epochs}`,
      counts: new Map(),
      version: undefined,
    };
    this.#fences.set(owner, known);
    return known;
  }

  async write(values: readonly StoredValue[]): Promise<number> {
    await this.#enter();
    let kept = 0;
    for (const { key, bytes, ttlMs, indexes } of values) {
      if (this.isFull) continue;
      for (const index of indexes) {
        const name = `${key.owner} ${index}`;
        this.#indexes.set(name, (this.#indexes.get(name) ?? new Set()).add(key.digest));
      }
      this.values.set(nameOf(key), { bytes, until: this.clock + ttlMs });
      kept++;
    }
    return kept;
  }

  async invalidate(fences: readonly FenceInvalidation[]): Promise<void> {
    await this.#enter();
    for (const { owner, fields, version } of fences) {
      if (this.isFull) this.#fences.delete(owner);
      const known = this.#fences.get(owner);
      if (known === undefined) continue;
      for (const field of fields) known.counts.set(field, (known.counts.get(field) ?? 0) + 1);
      if (version !== undefined) known.version = laterOf(version, known.version);
    }
  }

  async remove(keys: readonly StoredKey[]): Promise<void> {
    await this.#enter();
    for (const key of keys) this.values.delete(nameOf(key));
  }

  async removeIndexed(owners: readonly string[], indexes: readonly string[]): Promise<number> {
    await this.#enter();
    let removed = 0;
    for (const owner of owners) {
      for (const index of indexes) {
        for (const digest of this.#indexes.get(`${owner} ${index}`) ?? []) {
          if (this.values.delete(nameOf({ owner, digest }))) removed++;
        }
        this.#indexes.delete(`${owner} ${index}`);
      }
    }
    return removed;
  }

  async lease(keys: readonly StoredKey[], ttlMs: number): Promise<readonly boolean[]> {
    await this.#enter();
    return keys.map((key) => {
      const isFree = (this.#leases.get(nameOf(key)) ?? 0) <= this.clock;
      if (isFree) this.#leases.set(nameOf(key), this.clock + ttlMs);
      return isFree;
    });
  }

  async release(keys: readonly StoredKey[]): Promise<void> {
    await this.#enter();
    for (const key of keys) this.#leases.delete(nameOf(key));
  }

  async usage(): Promise<SharedUsage> {
    await this.#enter();
    const owners = new Map<string, { entries: number; bytes: number }>();
    for (const [name, { bytes, until }] of this.values) {
      if (until <= this.clock) continue;
      const owner = decodeURIComponent(name.split(" ", 1)[0] ?? "");
      const known = owners.get(owner) ?? { entries: 0, bytes: 0 };
      owners.set(owner, { entries: known.entries + 1, bytes: known.bytes + bytes.byteLength });
    }
    return { owners, isPartial: false };
  }
}

function nameOf({ owner, digest }: StoredKey): string {
  return `${encodeURIComponent(owner)} ${digest}`;
}
