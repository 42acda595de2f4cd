import { describe, expect, it } from "vitest";
import { type PlanThread, PlanThreadEnded, startPlanThread } from "./plan-thread.ts";

const ready = `parentPort.postMessage({ kind: "ready", facts: { apiSdl: "", overrideLabels: [], plannerVersion: "1" } });`;

/** A thread that runs this instead of the planner. */
function startWith(code: string): Promise<PlanThread> {
  const text = `import { parentPort } from "node:worker_threads"; ${code}`;
  return startPlanThread("", { maxMemoryMb: 32, file: new URL(`data:text/javascript,${encodeURIComponent(text)}`) });
}

const question = { text: "{ a }", options: {} };

describe("a planning thread", () => {
  it("answers question after question", async () => {
    const thread = await startWith(
      `${ready} parentPort.on("message", ({ text }) => parentPort.postMessage({ kind: "planned", plan: "plan of " + text }));`,
    );
    expect(thread.facts.plannerVersion).toBe("1");
    expect(await thread.ask(question)).toBe("plan of { a }");
    expect(await thread.ask({ ...question, text: "{ b }" })).toBe("plan of { b }");
    await thread.end();
    expect(thread.hasEnded).toBe(true);
  });

  const ends: readonly [string, string, string][] = [
    ["throws outside of a question", "ended by itself", `setImmediate(() => { throw new Error("broken"); });`],
    ["exits", "ended by itself", "process.exit(3);"],
    ["fills its heap", "more memory", "const kept = []; for (;;) kept.push(new Array(1e5).fill(1.5));"],
  ];
  it.each(ends)("says that it ended when it %s", async (_, message, code) => {
    const thread = await startWith(`${ready} parentPort.on("message", () => { ${code} });`);
    await expect(thread.ask(question)).rejects.toThrow(message);
    expect(thread.hasEnded).toBe(true);
    expect(() => thread.ask(question)).toThrow(PlanThreadEnded);
  });

  it("says so when it ends before it is ready", async () => {
    await expect(startWith("process.exit(3);")).rejects.toMatchObject({
      name: "PlanThreadEnded",
      cause: { message: "It ended with code 3" },
    });
  });

  it("tells who waits when it is ended", async () => {
    const thread = await startWith(`${ready} parentPort.on("message", () => undefined);`);
    const asked = expect(thread.ask(question)).rejects.toBeInstanceOf(PlanThreadEnded);
    await thread.end();
    await asked;
  });
});
