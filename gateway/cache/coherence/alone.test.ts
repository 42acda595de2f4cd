import { aloneCoherence } from "./alone.ts";
import { describeCoherence } from "./coherence.suite.ts";

describeCoherence(
  "a process that is alone",
  () => ({ join: async () => aloneCoherence, close: async () => undefined }),
  { alone: true },
);
