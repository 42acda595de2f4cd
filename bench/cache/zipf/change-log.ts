/** What became of each change, put together from what the source, the bus and the gateways told. */
import type { EventSeen, RowChange } from "./messages.ts";
import type { Change } from "./oracle.ts";

/** A change and the stations on its way. */
export interface Traced extends Change {
  /** The bus has it. */
  readonly onBusAt: number | undefined;
  /** A gateway was handed it. */
  readonly heardAt: number | undefined;
  /** A gateway has carried it out, and told the others. */
  readonly handledAt: number | undefined;
}

export interface Committed {
  readonly changes: readonly RowChange[];
  /** Of the product's data. */
  readonly version: number;
  readonly committedAt: number;
  readonly by: Change["by"];
  /** When an operator's purge was acknowledged as complete. */
  readonly purgedAt: number | undefined;
}

export class ChangeLog {
  readonly #committed: Committed[] = [];
  readonly #published = new Map<string, EventSeen>();
  readonly #handled = new Map<string, EventSeen>();

  commit(committed: Committed): void {
    this.#committed.push(committed);
  }

  /** An event may come again: the first time counts where it began, and where it was handled. */
  see(kind: "published" | "handled", events: readonly EventSeen[]): void {
    const known = kind === "published" ? this.#published : this.#handled;
    for (const event of events) {
      const name = nameOf(event.id, event.version);
      if (!known.has(name)) known.set(name, event);
    }
  }

  /** Whether the events of all that was committed have been handled. */
  get isHandled(): boolean {
    return this.#committed.every(({ changes, version }) =>
      changes.every(({ id }) => this.#handled.has(nameOf(id, version))),
    );
  }

  read(): readonly Traced[] {
    return this.#committed.flatMap(({ changes, version, committedAt, by, purgedAt }) =>
      changes.map(({ id, revision }): Traced => {
        const published = this.#published.get(nameOf(id, version));
        const handled = this.#handled.get(nameOf(id, version));
        return {
          id,
          revision,
          by,
          committedAt,
          publishedAt: published?.beganAt,
          onBusAt: published?.endedAt,
          heardAt: handled?.beganAt,
          handledAt: handled?.endedAt,
          acknowledgedAt: by === "operator" ? purgedAt : handled?.endedAt,
        };
      }),
    );
  }
}

function nameOf(id: string, version: number): string {
  return `${id}@${version}`;
}
