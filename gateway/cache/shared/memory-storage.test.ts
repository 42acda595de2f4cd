import { describe } from "vitest";
import { MemoryStorage } from "./memory-storage.fixture.ts";
import { describeSharedStorage } from "./storage.suite.ts";

describe("a shared storage in memory", () => {
  describeSharedStorage(() => {
    const storage = new MemoryStorage();
    return Promise.resolve({ storage, other: storage, close: () => Promise.resolve() });
  });
});
