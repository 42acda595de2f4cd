import { describe, expect, it, vi } from "vitest";
import { type CoherenceGroup, describeCoherence, joinRecording, noticeOf } from "../coherence.suite.ts";
import { createCoherenceHub } from "./coherence-hub.ts";
import type { CoherenceChannel } from "./messages.ts";
import { openWorkerCoherence } from "./worker-coherence.ts";

/** Two ends whose messages are copied, as between processes, and arrive later and in order. */
class Wire {
  readonly #listeners = {
    worker: new Set<(message: unknown) => void>(),
    parent: new Set<(message: unknown) => void>(),
  };
  readonly #onEnd = new Set<() => void>();
  /** Messages to the worker stay where they are. */
  isStuck = false;
  #isCut = false;

  readonly worker: CoherenceChannel = {
    ...this.#end("worker", "parent"),
    onEnd: (listener) => {
      this.#onEnd.add(listener);
      return () => this.#onEnd.delete(listener);
    },
  };
  readonly parent: CoherenceChannel = this.#end("parent", "worker");

  cut(): void {
    this.#isCut = true;
    for (const listener of this.#onEnd) listener();
  }

  #end(own: "worker" | "parent", other: "worker" | "parent"): CoherenceChannel {
    return {
      send: (message) => {
        if (this.#isCut) throw new Error("the channel is closed");
        const copy = JSON.stringify(message);
        setImmediate(() => {
          if (this.#isCut || (this.isStuck && other === "worker")) return;
          for (const listener of this.#listeners[other]) listener(JSON.parse(copy));
        });
      },
      onMessage: (listener) => {
        this.#listeners[own].add(listener);
        return () => this.#listeners[own].delete(listener);
      },
    };
  }
}

interface WorkerGroup extends CoherenceGroup {
  readonly wires: Wire[];
  /** As when the process has ended. */
  end(index: number): void;
}

function openGroup(limitMs = 5_000): WorkerGroup {
  const hub = createCoherenceHub({ limitMs });
  const wires: Wire[] = [];
  return {
    wires,
    async join(listener) {
      const wire = new Wire();
      wires.push(wire);
      const id = wires.length;
      // Whichever is there first.
      if (id % 2 === 0) hub.add(id, wire.parent);
      const coherence = openWorkerCoherence(wire.worker, listener);
      if (id % 2 === 1) {
        await new Promise((resolve) => setImmediate(resolve));
        hub.add(id, wire.parent);
      }
      await vi.waitFor(() => expect(coherence.isCurrent()).toBe(true));
      return coherence;
    },
    end(index) {
      wires[index]?.cut();
      hub.remove(index + 1);
    },
    async close() {
      wires.forEach((_, index) => void this.end(index));
    },
  };
}

describeCoherence("a parent that relays", () => openGroup());

describe("workers of one parent", () => {
  it("nobody waits for one that has ended", async () => {
    const group = openGroup();
    const [one, dead, other] = [await joinRecording(group), await joinRecording(group), await joinRecording(group)];
    const [, wire] = group.wires;
    if (wire !== undefined) wire.isStuck = true;
    const announced = one.coherence.announce(noticeOf("a"));
    await vi.waitFor(() => expect(other.scopes()).toEqual(["a"]));
    group.end(1);
    expect(await announced).toEqual({ isComplete: true, acknowledgedBy: 1 });
    expect(dead.scopes()).toEqual([]);
    expect(await one.coherence.announce(noticeOf("b"))).toEqual({ isComplete: true, acknowledgedBy: 1 });
  });

  it("an announcement is not complete as long as one has not applied it", async () => {
    const group = openGroup(50);
    const [one, stuck, other] = [await joinRecording(group), await joinRecording(group), await joinRecording(group)];
    const [, wire] = group.wires;
    if (wire !== undefined) wire.isStuck = true;
    expect(await one.coherence.announce(noticeOf("a"))).toEqual({ isComplete: false, acknowledgedBy: 1 });
    expect([stuck.scopes(), other.scopes()]).toEqual([[], ["a"]]);
  });

  it("is not current without its parent, and what it announces is not known to be complete", async () => {
    const group = openGroup();
    const one = await joinRecording(group);
    const open = one.coherence.announce(noticeOf("a"));
    group.wires[0]?.cut();
    expect(one.coherence.isCurrent()).toBe(false);
    expect(await open).toEqual({ isComplete: false, acknowledgedBy: 0 });
    expect(await one.coherence.announce(noticeOf("b"))).toEqual({ isComplete: false, acknowledgedBy: 0 });
  });

  it("a new process in the place of another one has a gap, and is told", async () => {
    const hub = createCoherenceHub();
    const [first, second, watching] = [new Wire(), new Wire(), new Wire()];
    const listener = { onNotice: () => 0, onGap: () => undefined };
    hub.add(1, first.parent);
    const before = openWorkerCoherence(first.worker, listener);
    hub.add(2, watching.parent);
    const watcher = openWorkerCoherence(watching.worker, listener);
    await vi.waitFor(() => expect([before.isCurrent(), watcher.isCurrent()]).toEqual([true, true]));
    first.cut();
    hub.add(1, second.parent);
    const after = await joinRecording({
      async join(own) {
        const coherence = openWorkerCoherence(second.worker, own);
        await vi.waitFor(() => expect(coherence.isCurrent()).toBe(true));
        return coherence;
      },
    });
    expect(after.heard[0]).toBe("gap");
    expect(await watcher.announce(noticeOf("a"))).toEqual({ isComplete: true, acknowledgedBy: 1 });
    expect(after.scopes()).toEqual(["a"]);
  });

  it("other messages on the channel mean nothing to it", async () => {
    const group = openGroup();
    const [one, other] = [await joinRecording(group), await joinRecording(group)];
    const before = other.heard.length;
    for (const wire of group.wires) {
      for (const message of [null, "text", { kind: "question", id: 1 }, []]) {
        wire.parent.send(message);
        wire.worker.send(message);
      }
    }
    expect(await one.coherence.announce(noticeOf("a"))).toEqual({ isComplete: true, acknowledgedBy: 1 });
    expect(other.heard.slice(before)).toEqual([noticeOf("a")]);
  });

  it("without a parent that answers, an announcement ends all the same", async () => {
    const wire = new Wire();
    const listener = { onNotice: () => 0, onGap: () => undefined };
    const coherence = openWorkerCoherence(wire.worker, listener, { limitMs: 20 });
    expect(await coherence.announce(noticeOf("a"))).toEqual({ isComplete: false, acknowledgedBy: 0 });
    expect(coherence.isCurrent()).toBe(false);
  });
});
