/** What commands ask of running processes: by the socket on which they are asked. */
import type { Acknowledgement, AskedExplanation, ExplainedCaching, Forgotten, InvalidationOrder } from "#gateway";
import type { EraseReceipt, EraseRequest } from "#platform";
import type { CacheStats } from "../cache/cache-stats.ts";
import type { ErasedSubjects } from "../cache/caches-in-reach.ts";
import type { RetainRequest, RetentionRun } from "../care/data-care.ts";

export interface ControlActions {
  /** Of the process that has products open, since only that one can change them. */
  readonly products: {
    erase(request: EraseRequest): Promise<EraseReceipt>;
    retain(request: RetainRequest): Promise<readonly RetentionRun[]>;
  };
  /** Of the process that has a gateway, or the gateway's workers. */
  readonly gateway: {
    "cache-stats"(argument: null): Promise<CacheStats>;
    "cache-purge"(order: InvalidationOrder): Promise<Acknowledgement>;
    "cache-explain"(asked: AskedExplanation): Promise<ExplainedCaching>;
    "cache-forget"(subjects: ErasedSubjects): Promise<Forgotten>;
  };
}
