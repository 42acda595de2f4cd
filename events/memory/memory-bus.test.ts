import { busSuite } from "../bus.suite.ts";
import { defaultBusOptions } from "../bus-options.ts";
import { systemClock } from "../clock.ts";
import { createBus } from "../delivery/create-bus.ts";
import type { EventLog } from "../event-log.ts";
import { silentLogger } from "../events.fixture.ts";
import { createMemoryLog, defaultMemoryOptions } from "./memory-log.ts";

// The first bus decides how the log is made, as it does where the server is another process: so there is one per set.
busSuite("in this process", async () => {
  const logs = new Map<number, EventLog>();
  return {
    url: "",
    prefix: "",
    async open(given = {}) {
      const options = { ...defaultBusOptions, ...defaultMemoryOptions, ...given };
      const log = logs.get(options.maxEvents) ?? createMemoryLog(options, systemClock);
      logs.set(options.maxEvents, log);
      return createBus(log, options, { logger: silentLogger }, systemClock);
    },
    close: async () => undefined,
  };
});
