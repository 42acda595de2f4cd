import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startPolling } from "./poll.ts";

describe("polling", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("waits for the end of a reload before it counts to the next, and stops", async () => {
    let reloads = 0;
    let end = (): void => undefined;
    const reload = (): Promise<void> => {
      reloads += 1;
      return new Promise((resolve) => {
        end = resolve;
      });
    };
    const polling = startPolling(reload, 1_000);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(reloads).toBe(1);
    end();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(reloads).toBe(2);
    polling.stop();
    end();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(reloads).toBe(2);
  });
});
