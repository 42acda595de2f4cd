import { busSuite } from "../bus.suite.ts";
import { defaultBusOptions } from "../bus-options.ts";
import { systemClock } from "../clock.ts";
import { createBus } from "../delivery/create-bus.ts";
import type { EventLog } from "../event-log.ts";
import { silentLogger } from "../events.fixture.ts";
import { createMemoryLog, defaultMemoryOptions } from "./memory-log.ts";

busSuite("in this process", async () => {
  // A log keeps its leases as long and its events as many as it is told to; a server is told by each bus.
  const logs = new Map<string, EventLog>();
  return {
    url: "",
    prefix: "",
    async open(given = {}) {
      const options = { ...defaultBusOptions, ...defaultMemoryOptions, ...given };
      const kind = `${options.maxEvents} ${options.leaseMs}`;
      const log = logs.get(kind) ?? createMemoryLog(options, systemClock);
      logs.set(kind, log);
      return createBus(log, options, { logger: silentLogger }, systemClock);
    },
    close: async () => undefined,
  };
});
